import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How heads compare, why they were put in use, and when trainings may do so by themselves. */
export class Evaluations1765000000000 implements MigrationInterface {
  name = 'Evaluations1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    await changeKinds(runner, (kinds) => [...kinds, 'evaluate']);
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['promotion_rule', 'promotion', 'evaluation_change', 'evaluation'])
      await runner.query(`DROP TABLE ${table}`);
    await runner.query(`DELETE FROM job WHERE kind = 'evaluate'`);
    await changeKinds(runner, (kinds) => kinds.filter((kind) => kind !== 'evaluate'));
  }
}

/** Kinds of jobs are changed by several migrations: each leaves those of the others as they are. */
async function changeKinds(runner: QueryRunner, change: (kinds: string[]) => string[]): Promise<void> {
  const [{ definition }] = (await runner.query(
    `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conname = 'job_kind_check' AND conrelid = 'job'::regclass`,
  )) as { definition: string }[];
  const kinds = change(Array.from(definition.matchAll(/'(\w+)'/g), ([, kind]) => kind));
  await runner.query('ALTER TABLE job DROP CONSTRAINT job_kind_check');
  await runner.query(
    `ALTER TABLE job ADD CONSTRAINT job_kind_check CHECK (kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')}))`,
  );
}

const statements = [
  // One for each job: an evaluation of its own, or that at the end of a training.
  `CREATE TABLE evaluation (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     job_id uuid NOT NULL UNIQUE,
     head_id text NOT NULL REFERENCES trained_head (id),
     against_id text REFERENCES trained_head (id),
     -- inference.v1.Evaluation as it came, without the changed examples.
     figures jsonb NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE INDEX evaluation_head ON evaluation (head_id, seq DESC)`,
  `CREATE TABLE evaluation_change (
     evaluation_id uuid NOT NULL REFERENCES evaluation (id) ON DELETE CASCADE,
     seq integer NOT NULL,
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     -- As it was judged: the question's text may change.
     text text NOT NULL,
     -- Absent for a topic that no head knows, and where a head said unknown.
     topic_id uuid,
     said_against uuid,
     said uuid,
     confidence_against real NOT NULL,
     confidence real NOT NULL,
     change text NOT NULL CHECK (change IN ('fixed', 'broken', 'otherwise wrong')),
     PRIMARY KEY (evaluation_id, seq)
   )`,
  `CREATE INDEX evaluation_change_question ON evaluation_change (question_id)`,

  `CREATE TABLE promotion (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     head_id text NOT NULL REFERENCES trained_head (id),
     previous_id text REFERENCES trained_head (id),
     cause text NOT NULL CHECK (cause IN ('person', 'training', 'rule', 'rollback', 'unknown')),
     reason text NOT NULL,
     actor text NOT NULL,
     evaluation_id uuid REFERENCES evaluation (id) ON DELETE SET NULL,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `INSERT INTO promotion (head_id, previous_id, cause, reason, actor, created_at)
   SELECT id, lag(id) OVER (ORDER BY promoted_at, seq), 'unknown', 'before reasons were kept', '', promoted_at
   FROM trained_head WHERE promoted_at IS NOT NULL ORDER BY promoted_at, seq`,

  // The last row holds; without any, there is no rule.
  `CREATE TABLE promotion_rule (
     seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     enabled boolean NOT NULL,
     min_accuracy_gain double precision NOT NULL,
     max_p_value double precision NOT NULL,
     max_ece double precision NOT NULL,
     changed_by text NOT NULL,
     changed_at timestamptz NOT NULL DEFAULT now()
   )`,
  `COMMENT ON TABLE evaluation IS 'not audited: computed from heads and labels'`,
  `COMMENT ON TABLE evaluation_change IS 'not audited: computed from heads and labels'`,
];
