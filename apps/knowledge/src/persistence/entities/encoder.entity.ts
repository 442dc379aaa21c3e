import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** An encoder with its way of pooling: the provenance that vectors point to. */
@Entity({ name: 'encoder' })
export class EncoderEntity {
  @PrimaryGeneratedColumn('identity')
  id: number;

  @Column({ type: 'text', name: 'encoder_id' })
  encoderId: string;

  @Column({ type: 'text' })
  revision: string;

  @Column({ type: 'integer' })
  layer: number;

  @Column({ type: 'text' })
  pooling: string;

  @Column({ type: 'boolean' })
  normalized: boolean;

  @Column({ type: 'integer' })
  dimension: number;

  @Column({ type: 'boolean', name: 'in_use', default: false })
  inUse: boolean;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
