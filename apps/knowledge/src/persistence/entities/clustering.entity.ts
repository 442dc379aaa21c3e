import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One run of a clustering algorithm over a set of embeddings. */
@Entity({ name: 'clustering' })
export class ClusteringEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ type: 'bigint', generated: 'identity', unique: true, insert: false, update: false })
  seq: number;

  @Column({ type: 'uuid', name: 'job_id', unique: true })
  jobId: string;

  @Column({ type: 'integer' })
  encoder: number;

  @Column({ type: 'jsonb' })
  parameters: unknown;

  @Column({ type: 'integer' })
  questions: number;

  @Column({ type: 'integer', name: 'n_clusters' })
  nClusters: number;

  @Column({ type: 'double precision' })
  inertia: number;

  @Column({ type: 'double precision' })
  silhouette: number;

  @Column({ type: 'integer' })
  iterations: number;

  @Column({ type: 'jsonb' })
  candidates: unknown;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
