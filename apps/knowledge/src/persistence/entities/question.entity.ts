import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A text asked, with or without an answer. The column `search` is generated and read in SQL only. */
@Entity({ name: 'question' })
export class QuestionEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ type: 'bigint', generated: 'identity', unique: true, insert: false, update: false })
  seq: number;

  @Column({ type: 'text', unique: true })
  slug: string;

  @Column({ type: 'text' })
  text: string;

  @Column({ type: 'text' })
  state: 'incoming' | 'draft' | 'published' | 'archived';

  @Column({ type: 'text', array: true, default: '{}' })
  tags: string[];

  @Column({ type: 'text' })
  source: string;

  @Column({ type: 'text', name: 'external_id', nullable: true })
  externalId: string | null;

  @Column({ type: 'uuid', name: 'topic_id', nullable: true })
  topicId: string | null;

  @Column({ type: 'text', name: 'topic_said_by', nullable: true })
  topicSaidBy: 'person' | 'import' | 'model' | null;

  @Column({ type: 'integer', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', name: 'published_at', nullable: true })
  publishedAt: Date | null;
}
