import type { knowledgeV1 } from '@cairn/contracts';

/** A row of `clustering` with its encoder's id. */
export interface ClusteringRecord {
  readonly id: string;
  readonly seq: number;
  readonly job_id: string;
  readonly parameters: knowledgeV1.ClusteringParameters;
  readonly questions: number;
  readonly n_clusters: number;
  readonly inertia: number;
  readonly silhouette: number;
  readonly iterations: number;
  readonly candidates: knowledgeV1.CandidateClusters[];
  readonly encoder_id: string;
  readonly created_at: Date;
}

export const clusterings = `(SELECT clustering.*, encoder.encoder_id
  FROM clustering JOIN encoder ON encoder.id = clustering.encoder) AS clustering`;

/** A row as the contract's Clustering. */
export function clusteringToMessage(row: ClusteringRecord): knowledgeV1.Clustering {
  return {
    id: row.id,
    jobId: row.job_id,
    parameters: row.parameters,
    questions: row.questions,
    nClusters: row.n_clusters,
    inertia: row.inertia,
    silhouette: row.silhouette,
    iterations: row.iterations,
    candidates: row.candidates,
    encoderId: row.encoder_id,
    createdAtMs: row.created_at.getTime(),
  };
}
