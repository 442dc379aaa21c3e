import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A trained version of the head. */
@Entity({ name: 'trained_head' })
export class TrainedHeadEntity {
  @PrimaryColumn({ type: 'text' })
  id: string;

  @Column({ type: 'bigint', generated: 'identity', unique: true, insert: false, update: false })
  seq: number;

  @Column({ type: 'text', default: 'candidate' })
  state: 'candidate' | 'in_use' | 'retired';

  @Column({ type: 'integer' })
  encoder: number;

  @Column({ type: 'jsonb' })
  figures: unknown;

  @Column({ type: 'text', name: 'parent_id', nullable: true })
  parentId: string | null;

  @Column({ type: 'uuid', name: 'job_id', nullable: true })
  jobId: string | null;

  @Column({ type: 'bigint' })
  seed: number;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'promoted_at', nullable: true })
  promotedAt: Date | null;
}
