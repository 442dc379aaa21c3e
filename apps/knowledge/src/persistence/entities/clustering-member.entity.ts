import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which cluster a question fell into, and how far from its centroid. */
@Entity({ name: 'clustering_member' })
export class ClusteringMemberEntity {
  @PrimaryColumn({ type: 'uuid', name: 'clustering_id' })
  clusteringId: string;

  @PrimaryColumn({ type: 'uuid', name: 'question_id' })
  questionId: string;

  @Column({ type: 'integer', name: 'cluster_index' })
  clusterIndex: number;

  @Column({ type: 'real' })
  distance: number;
}
