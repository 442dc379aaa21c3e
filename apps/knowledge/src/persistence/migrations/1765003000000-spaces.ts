import type { MigrationInterface, QueryRunner } from 'typeorm';
import { defaultSpace } from '../../access/scope.js';
import { memberRole } from '../scoped-query.js';

/**
 * Spaces: what one team keeps apart from another. Every table gets a `space_id` that the database itself fills in and
 * checks, so that statements need not name it: `cairn.space` is set in each transaction (persistence/scoped-query.ts), and
 * the role `cairn_member` sees the rows of that space only. What is there already belongs to the default space.
 *
 * Tables of later migrations are kept apart by `cairn_keep_apart()`, which `migrate` calls after them. What is unique
 * within a space must say so itself: `UNIQUE (space_id, ...)`.
 */
export class Spaces1765003000000 implements MigrationInterface {
  name = 'Spaces1765003000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
    for (const { table, columns } of uniqueInSpace) await makeUnique(runner, table, columns, ['space_id', ...columns]);
    await runner.query('DROP INDEX encoder_one_in_use');
    await runner.query('CREATE UNIQUE INDEX encoder_one_in_use ON encoder (space_id) WHERE in_use');
    await runner.query('DROP INDEX trained_head_one_in_use');
    await runner.query(`CREATE UNIQUE INDEX trained_head_one_in_use ON trained_head (space_id) WHERE state = 'in_use'`);
    await runner.query('ALTER TABLE idempotent_result DROP CONSTRAINT idempotent_result_pkey');
    await runner.query('ALTER TABLE idempotent_result ADD PRIMARY KEY (space_id, actor, operation, key)');
    await runner.query('CREATE INDEX question_space ON question (space_id, seq DESC)');
  }

  async down(runner: QueryRunner): Promise<void> {
    const [{ others }] = (await runner.query(`SELECT count(*) AS others FROM space WHERE id <> $1`, [
      defaultSpace,
    ])) as { others: number }[];
    if (Number(others) > 0)
      throw new Error(`There are ${others} spaces beside the default one; delete them before going back.`);
    await runner.query('DROP INDEX question_space');
    await runner.query('ALTER TABLE idempotent_result DROP CONSTRAINT idempotent_result_pkey');
    await runner.query('ALTER TABLE idempotent_result ADD PRIMARY KEY (actor, operation, key)');
    for (const { table, columns } of uniqueInSpace) await makeUnique(runner, table, ['space_id', ...columns], columns);
    await runner.query('DROP INDEX trained_head_one_in_use');
    await runner.query(`CREATE UNIQUE INDEX trained_head_one_in_use ON trained_head (state) WHERE state = 'in_use'`);
    await runner.query('DROP INDEX encoder_one_in_use');
    await runner.query('CREATE UNIQUE INDEX encoder_one_in_use ON encoder (in_use) WHERE in_use');
    await runner.query(mixAgain);
    await runner.query('DROP TABLE space');
    await runner.query('DROP FUNCTION cairn_keep_apart(), cairn_space()');
    // The role stays: it may serve other databases of the server.
  }
}

const uniqueInSpace = [
  { table: 'topic', columns: ['slug'] },
  { table: 'question', columns: ['slug'] },
  { table: 'question', columns: ['source', 'external_id'] },
  { table: 'encoder', columns: ['encoder_id', 'revision', 'layer', 'pooling', 'normalized', 'dimension'] },
] as const;

/** Replaces the unique constraint over exactly `from` with one over `to`; its name PostgreSQL chose. */
async function makeUnique(
  runner: QueryRunner,
  table: string,
  from: readonly string[],
  to: readonly string[],
): Promise<void> {
  const [constraint] = (await runner.query(
    `SELECT conname AS name FROM pg_constraint
     WHERE conrelid = $1::regclass AND contype = 'u' AND $2 = ARRAY(
       SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
       JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number ORDER BY place)`,
    [table, from],
  )) as { name: string }[];
  if (constraint !== undefined) await runner.query(`ALTER TABLE ${table} DROP CONSTRAINT "${constraint.name}"`);
  await runner.query(`ALTER TABLE ${table} ADD UNIQUE (${to.join(', ')})`);
}

const statements = [
  `CREATE TABLE space (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     slug text NOT NULL UNIQUE,
     title text NOT NULL,
     -- Whether callers without a key may read what is published.
     anonymous_reading boolean NOT NULL DEFAULT true,
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `INSERT INTO space (id, slug, title) VALUES ('${defaultSpace}', 'default', 'Default')`,

  // Roles belong to the server, not to the database: another database's migration may have made it, even just now.
  `DO $$
   BEGIN
     IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${memberRole}') THEN
       CREATE ROLE ${memberRole} NOLOGIN NOSUPERUSER NOBYPASSRLS;
     END IF;
   EXCEPTION
     WHEN duplicate_object OR unique_violation THEN NULL;
     WHEN insufficient_privilege THEN
       RAISE EXCEPTION 'The database user may not create roles. Let an administrator run: CREATE ROLE ${memberRole} NOLOGIN; GRANT ${memberRole} TO %;', current_user;
   END $$`,
  `DO $$
   BEGIN
     IF NOT pg_has_role(current_user, '${memberRole}', 'SET') THEN
       EXECUTE format('GRANT ${memberRole} TO %I', current_user);
     END IF;
   END $$`,
  `GRANT USAGE ON SCHEMA public TO ${memberRole}`,
  `GRANT SELECT ON space TO ${memberRole}`,

  // The space of this transaction; null outside of one space.
  `CREATE FUNCTION cairn_space() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
   AS $$ SELECT nullif(current_setting('cairn.space', true), '')::uuid $$`,

  // Keeps apart every table that is not yet. Idempotent.
  `CREATE FUNCTION cairn_keep_apart() RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     tbl record;
     op text;
   BEGIN
     FOR tbl IN
       SELECT c.relname AS name FROM pg_class c
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
         AND NOT c.relrowsecurity AND c.relname NOT IN ('migrations', 'space', 'api_key')
     LOOP
       EXECUTE format('ALTER TABLE public.%I ADD COLUMN IF NOT EXISTS space_id uuid NOT NULL
         DEFAULT ''${defaultSpace}'' REFERENCES space (id)', tbl.name);
       EXECUTE format('ALTER TABLE public.%I ALTER COLUMN space_id
         SET DEFAULT coalesce(cairn_space(), ''${defaultSpace}'')', tbl.name);
       EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', tbl.name);
       -- The sub-select is evaluated once a statement, not once a row.
       EXECUTE format('CREATE POLICY one_space ON public.%I TO ${memberRole}
         USING (space_id = (SELECT cairn_space())) WITH CHECK (space_id = (SELECT cairn_space()))', tbl.name);
       EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO ${memberRole}', tbl.name);
     END LOOP;
     GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${memberRole};
     -- Behind row-level security only leakproof operators use an index. These compare and tell nothing.
     FOREACH op IN ARRAY ARRAY['ts_match_vq(tsvector,tsquery)', 'ts_match_qv(tsquery,tsvector)',
       'arrayoverlap(anyarray,anyarray)', 'arraycontains(anyarray,anyarray)', 'arraycontained(anyarray,anyarray)',
       'similarity_op(text,text)', 'word_similarity_op(text,text)', 'word_similarity_commutator_op(text,text)',
       'strict_word_similarity_op(text,text)', 'strict_word_similarity_commutator_op(text,text)']
     LOOP
       IF EXISTS (SELECT 1 FROM pg_proc WHERE oid = to_regprocedure(op) AND NOT proleakproof) THEN
         BEGIN
           EXECUTE 'ALTER FUNCTION ' || to_regprocedure(op) || ' LEAKPROOF';
         EXCEPTION WHEN insufficient_privilege THEN
           RAISE WARNING 'Full-text search cannot use its index: let a superuser run ALTER FUNCTION % LEAKPROOF', op;
         END;
       END IF;
     END LOOP;
   END $$`,
  `SELECT cairn_keep_apart()`,
];

const mixAgain = `DO $$
  DECLARE tbl text;
  BEGIN
    FOR tbl IN SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND policyname = 'one_space' LOOP
      EXECUTE format('DROP POLICY one_space ON public.%I', tbl);
      EXECUTE format('ALTER TABLE public.%I DISABLE ROW LEVEL SECURITY', tbl);
      EXECUTE format('ALTER TABLE public.%I DROP COLUMN space_id', tbl);
      EXECUTE format('REVOKE ALL ON public.%I FROM ${memberRole}', tbl);
    END LOOP;
  END $$`;
