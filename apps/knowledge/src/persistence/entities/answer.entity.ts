import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** Content that answers a question. */
@Entity({ name: 'answer' })
export class AnswerEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ type: 'bigint', generated: 'identity', unique: true, insert: false, update: false })
  seq: number;

  @Column({ type: 'uuid', name: 'question_id' })
  questionId: string;

  @Column({ type: 'text' })
  body: string;

  @Column({ type: 'text' })
  state: 'draft' | 'published' | 'archived';

  @Column({ type: 'boolean', default: false })
  imported: boolean;

  @Column({ type: 'integer', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
