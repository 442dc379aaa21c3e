import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Vectors of the passages of answers, so that a question is found by what its answers say. Computed from the answers:
 * the next embed job writes them, and again after a way back and forth.
 */
export class PassageEmbeddings1790000200000 implements MigrationInterface {
  name = 'PassageEmbeddings1790000200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    // The HNSW indexes of encoders go with it.
    await runner.query('DROP TABLE passage_embedding');
  }
}

const statements = [
  // The HNSW index of an encoder is partial (WHERE encoder = n) on vector::vector(dimension): see embedding/hnsw-index.ts.
  `CREATE TABLE passage_embedding (
     answer_id uuid NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
     encoder integer NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
     -- Of the passages of one answer, from 0.
     place integer NOT NULL,
     -- Hash of the question's text and the answer's body: where one changes, all passages need new vectors.
     text_hash text NOT NULL,
     -- Markdown, as it stands in the body.
     passage text NOT NULL,
     vector vector NOT NULL,
     tokens integer NOT NULL,
     truncated boolean NOT NULL,
     PRIMARY KEY (encoder, answer_id, place)
   )`,
  `CREATE INDEX passage_embedding_answer ON passage_embedding (answer_id)`,
  `COMMENT ON TABLE passage_embedding IS 'not audited: computed from the answers'`,
];
