import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** The truth about a job; the queue only carries its id. */
@Entity({ name: 'job' })
export class JobEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ type: 'bigint', generated: 'identity', unique: true, insert: false, update: false })
  seq: number;

  @Column({ type: 'text' })
  kind: 'embed' | 'classify' | 'cluster' | 'train';

  @Column({ type: 'text', default: 'queued' })
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

  @Column({ type: 'jsonb' })
  input: unknown;

  @Column({ type: 'jsonb', nullable: true })
  result: unknown;

  @Column({ type: 'jsonb', nullable: true })
  error: unknown;

  @Column({ type: 'text', default: '' })
  stage: string;

  @Column({ type: 'bigint', default: 0 })
  done: number;

  @Column({ type: 'bigint', default: 0 })
  total: number;

  @Column({ type: 'timestamptz', name: 'stage_started_at', nullable: true })
  stageStartedAt: Date | null;

  @Column({ type: 'integer', default: 0 })
  attempt: number;

  @Column({ type: 'integer', default: 0 })
  fence: number;

  @Column({ type: 'timestamptz', name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  @Column({ type: 'timestamptz', name: 'run_after', default: () => 'now()' })
  runAfter: Date;

  @Column({ type: 'integer', default: 0 })
  failures: number;

  @Column({ type: 'boolean', name: 'cancel_requested', default: false })
  cancelRequested: boolean;

  @Column({ type: 'text', name: 'created_by' })
  createdBy: string;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true })
  finishedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
