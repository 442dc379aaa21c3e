import type { MigrationInterface, QueryRunner } from 'typeorm';
import { defaultSpace } from '../../access/scope.js';
import { memberRole } from '../scoped-query.js';

/**
 * The log of changes. One function writes it, as a trigger on every table, so that no statement can forget it, and the
 * entry stands or falls with the change itself. A statement makes one entry: with what was there before and after up to
 * `detailed` rows, with the ids only beyond (an import names its rows; it does not copy them).
 *
 * Not watched is what is computed from the rest and could be made again. Tables of later migrations are watched by
 * `cairn_watch_tables()`, which `migrate` calls after them; `COMMENT ON TABLE x IS 'not audited: why'` leaves one out.
 */
export class AuditLog1765003200000 implements MigrationInterface {
  name = 'AuditLog1765003200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_entry');
    await runner.query('DROP FUNCTION cairn_watch_tables(), cairn_audit(), cairn_audit_is_append_only() CASCADE');
  }
}

/** Rows of one statement that are copied into its entry. */
const detailed = 20;

const computed = ['embedding', 'classification', 'clustering', 'clustering_member', 'idempotent_result'];

/** Columns that are secrets, computed, or heartbeats. */
const leftOut = [
  'space_id',
  'search',
  'vector',
  'hash',
  'last_used_at',
  'updated_at',
  // A job as its worker sees it; who started, cancelled and retried it remains.
  ...['stage', 'done', 'total', 'stage_started_at', 'attempt', 'fence', 'lease_until', 'run_after', 'failures'],
  ...['result', 'started_at', 'finished_at'],
];

const statements = [
  `CREATE TABLE audit_entry (
     id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
     seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     at timestamptz NOT NULL DEFAULT clock_timestamp(),
     actor text NOT NULL,
     operation text NOT NULL,
     request_id text NOT NULL,
     action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
     entity text NOT NULL,
     entity_ids text[] NOT NULL,
     -- [{ id, before, after }], the columns that changed; null for many rows.
     changes jsonb
   )`,
  `SELECT cairn_keep_apart()`,
  `REVOKE INSERT, UPDATE, DELETE ON audit_entry FROM ${memberRole}`,
  `CREATE INDEX audit_entry_space ON audit_entry (space_id, seq DESC)`,
  `CREATE INDEX audit_entry_entity ON audit_entry USING gin (entity_ids)`,

  `CREATE FUNCTION cairn_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'The audit log is append-only.';
   END $$`,
  `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
   FOR EACH STATEMENT EXECUTE FUNCTION cairn_audit_is_append_only()`,

  // Runs as the owner: those who make changes cannot write entries themselves. Arguments: the columns of the key.
  `CREATE FUNCTION cairn_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
   AS $$
   DECLARE
     caller jsonb := coalesce(nullif(current_setting('cairn.caller', true), ''), '{}')::jsonb;
     left_out CONSTANT text[] := '{${leftOut.join(',')}}';
     fallback CONSTANT uuid := coalesce(cairn_space(), '${defaultSpace}');
     old_key text := (SELECT string_agg(format('o.%I', key), ', ') FROM unnest(TG_ARGV) AS key);
     new_key text := (SELECT string_agg(format('n.%I', key), ', ') FROM unnest(TG_ARGV) AS key);
     -- Of keys and spaces, which belong to the installation, the space is the one they are about.
     old_space text := CASE WHEN TG_TABLE_NAME = 'space' THEN 'o.id' ELSE 'coalesce(o.space_id, $1)' END;
     new_space text := CASE WHEN TG_TABLE_NAME = 'space' THEN 'n.id' ELSE 'coalesce(n.space_id, $1)' END;
     n_rows bigint;
     source text;
   BEGIN
     IF TG_OP = 'DELETE' THEN SELECT count(*) INTO n_rows FROM (SELECT 1 FROM old_rows LIMIT ${detailed + 1}) limited;
     ELSE SELECT count(*) INTO n_rows FROM (SELECT 1 FROM new_rows LIMIT ${detailed + 1}) limited;
     END IF;
     IF n_rows = 0 THEN RETURN NULL; END IF;

     IF n_rows > ${detailed} THEN
       source := CASE TG_OP
         WHEN 'DELETE' THEN format('SELECT %s AS space, concat_ws('':'', %s) AS key, NULL::jsonb AS change FROM old_rows o', old_space, old_key)
         ELSE format('SELECT %s AS space, concat_ws('':'', %s) AS key, NULL::jsonb AS change FROM new_rows n', new_space, new_key) END;
     ELSIF TG_OP = 'INSERT' THEN
       source := format('SELECT %1$s AS space, concat_ws('':'', %2$s) AS key, jsonb_build_object(
         ''id'', concat_ws('':'', %2$s), ''after'', jsonb_strip_nulls(to_jsonb(n) - $2)) AS change FROM new_rows n', new_space, new_key);
     ELSIF TG_OP = 'DELETE' THEN
       source := format('SELECT %1$s AS space, concat_ws('':'', %2$s) AS key, jsonb_build_object(
         ''id'', concat_ws('':'', %2$s), ''before'', jsonb_strip_nulls(to_jsonb(o) - $2)) AS change FROM old_rows o', old_space, old_key);
     ELSE
       source := format('SELECT %1$s AS space, concat_ws('':'', %2$s) AS key, jsonb_build_object(
           ''id'', concat_ws('':'', %2$s), ''before'', d.before, ''after'', d.after) AS change
         FROM new_rows n JOIN old_rows o ON (%3$s) = (%2$s) CROSS JOIN LATERAL (
           SELECT jsonb_object_agg(f.key, f.value) AS before, jsonb_object_agg(f.key, to_jsonb(n) -> f.key) AS after
           FROM jsonb_each(to_jsonb(o) - $2) f WHERE f.value IS DISTINCT FROM to_jsonb(n) -> f.key) d
         WHERE d.before IS NOT NULL', new_space, new_key, old_key);
     END IF;
     EXECUTE format('INSERT INTO audit_entry (space_id, actor, operation, request_id, action, entity, entity_ids, changes)
       SELECT space, $3, $4, $5, $6, $7, array_agg(key ORDER BY key), jsonb_agg(change) FILTER (WHERE change IS NOT NULL)
       FROM (%s) changed GROUP BY space', source)
     USING fallback, left_out, coalesce(caller ->> 'actor', session_user::text), coalesce(caller ->> 'operation', ''),
       coalesce(caller ->> 'requestId', ''), lower(TG_OP), TG_TABLE_NAME;
     RETURN NULL;
   END $$`,

  // Watches every table that is not yet. Idempotent.
  `CREATE FUNCTION cairn_watch_tables() RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     tbl record;
   BEGIN
     FOR tbl IN
       SELECT c.oid, c.relname AS name, (
         SELECT string_agg(quote_literal(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum))
         FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
         WHERE i.indrelid = c.oid AND i.indisprimary AND a.attname <> 'space_id') AS key
       FROM pg_class c
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
         AND c.relname NOT IN ('migrations', 'audit_entry', ${computed.map((table) => `'${table}'`).join(', ')})
         AND coalesce(obj_description(c.oid, 'pg_class'), '') NOT LIKE 'not audited%'
         AND NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'audited_insert')
     LOOP
       CONTINUE WHEN tbl.key IS NULL;
       EXECUTE format('CREATE TRIGGER audited_insert AFTER INSERT ON public.%I REFERENCING NEW TABLE AS new_rows
         FOR EACH STATEMENT EXECUTE FUNCTION cairn_audit(%s)', tbl.name, tbl.key);
       EXECUTE format('CREATE TRIGGER audited_update AFTER UPDATE ON public.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
         FOR EACH STATEMENT EXECUTE FUNCTION cairn_audit(%s)', tbl.name, tbl.key);
       EXECUTE format('CREATE TRIGGER audited_delete AFTER DELETE ON public.%I REFERENCING OLD TABLE AS old_rows
         FOR EACH STATEMENT EXECUTE FUNCTION cairn_audit(%s)', tbl.name, tbl.key);
     END LOOP;
   END $$`,
  `SELECT cairn_watch_tables()`,
];
