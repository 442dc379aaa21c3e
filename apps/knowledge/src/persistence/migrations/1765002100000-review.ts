import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who looks at which question, and what each of them said. */
export class Review1765002100000 implements MigrationInterface {
  name = 'Review1765002100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE review_claim (
         question_id uuid PRIMARY KEY REFERENCES question (id) ON DELETE CASCADE,
         claimed_by text NOT NULL,
         lease_until timestamptz NOT NULL
       )`,
    );
    await runner.query(`CREATE INDEX review_claim_by ON review_claim (claimed_by)`);
    await runner.query(`COMMENT ON TABLE review_claim IS 'not audited: a lease that ends by itself'`);
    await runner.query(
      `CREATE TABLE annotation (
         question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
         annotator text NOT NULL,
         seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
         verdict text NOT NULL CHECK (verdict IN ('topic', 'none', 'skip')),
         topic_id uuid REFERENCES topic (id) ON DELETE CASCADE,
         created_at timestamptz NOT NULL DEFAULT now(),
         PRIMARY KEY (question_id, annotator),
         CHECK ((verdict = 'topic') = (topic_id IS NOT NULL))
       )`,
    );
    await runner.query(`CREATE INDEX annotation_annotator ON annotation (annotator, question_id)`);
    await runner.query(`CREATE INDEX annotation_created ON annotation (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE annotation, review_claim');
  }
}
