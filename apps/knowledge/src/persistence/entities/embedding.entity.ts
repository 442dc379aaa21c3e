import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A vector with its provenance. `vector` is text of the form [0.1,0.2] and read in SQL only where it can be. */
@Entity({ name: 'embedding' })
export class EmbeddingEntity {
  @PrimaryColumn({ type: 'integer' })
  encoder: number;

  @PrimaryColumn({ type: 'uuid', name: 'question_id' })
  questionId: string;

  @Column({ type: 'text', name: 'text_hash' })
  textHash: string;

  @Column({ type: 'vector', select: false })
  vector: string;

  @Column({ type: 'integer' })
  tokens: number;

  @Column({ type: 'boolean' })
  truncated: boolean;
}
