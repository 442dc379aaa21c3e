import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a mutation with an idempotency key made. */
@Entity({ name: 'idempotent_result' })
export class IdempotentResultEntity {
  @PrimaryColumn({ type: 'text' })
  actor: string;

  @PrimaryColumn({ type: 'text' })
  operation: string;

  @PrimaryColumn({ type: 'text' })
  key: string;

  @Column({ type: 'text', name: 'entity_id' })
  entityId: string;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
