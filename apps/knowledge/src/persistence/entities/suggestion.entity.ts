import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A cluster offered to an admin as a new topic. */
@Entity({ name: 'suggestion' })
export class SuggestionEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ type: 'bigint', generated: 'identity', unique: true, insert: false, update: false })
  seq: number;

  @Column({ type: 'uuid', name: 'clustering_id' })
  clusteringId: string;

  @Column({ type: 'integer', name: 'cluster_index' })
  clusterIndex: number;

  @Column({ type: 'text' })
  title: string;

  @Column({ type: 'text', array: true })
  keywords: string[];

  @Column({ type: 'uuid', name: 'exemplar_ids', array: true })
  exemplarIds: string[];

  @Column({ type: 'integer' })
  size: number;

  @Column({ type: 'real' })
  cohesion: number;

  @Column({ type: 'real' })
  separation: number;

  @Column({ type: 'real' })
  silhouette: number;

  @Column({ type: 'jsonb', name: 'nearest_topics' })
  nearestTopics: unknown;

  @Column({ type: 'text', default: 'pending' })
  state: 'pending' | 'accepted' | 'merged' | 'rejected' | 'superseded';

  @Column({ type: 'uuid', name: 'topic_id', nullable: true })
  topicId: string | null;

  @Column({ type: 'text', name: 'decided_by', nullable: true })
  decidedBy: string | null;

  @Column({ type: 'timestamptz', name: 'decided_at', nullable: true })
  decidedAt: Date | null;

  @Column({ type: 'text', default: '' })
  reason: string;

  @Column({ type: 'integer', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
