import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the head in use says of a question; the newest verdict only. */
@Entity({ name: 'classification' })
export class ClassificationEntity {
  @PrimaryColumn({ type: 'uuid', name: 'question_id' })
  questionId: string;

  @Column({ type: 'text', name: 'head_id' })
  headId: string;

  @Column({ type: 'text', name: 'text_hash' })
  textHash: string;

  @Column({ type: 'boolean' })
  unknown: boolean;

  @Column({ type: 'uuid', name: 'topic_id', nullable: true })
  topicId: string | null;

  @Column({ type: 'real' })
  confidence: number;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
