import { Column, Entity, PrimaryColumn } from 'typeorm';

/** That a question belongs to a topic, with who said so. */
@Entity({ name: 'label' })
export class LabelEntity {
  @PrimaryColumn({ type: 'uuid', name: 'question_id' })
  questionId: string;

  @PrimaryColumn({ type: 'text', name: 'said_by' })
  saidBy: 'person' | 'import' | 'model';

  @Column({ type: 'uuid', name: 'topic_id' })
  topicId: string;

  @Column({ type: 'text' })
  actor: string;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
