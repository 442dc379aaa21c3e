import type { MigrationInterface, QueryRunner } from 'typeorm';
import { defaultSpace } from '../../access/scope.js';

/** Jobs with priorities, dead letters, stored logs and schedules. */
export class JobWork1765004000000 implements MigrationInterface {
  name = 'JobWork1765004000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS job_log');
    await runner.query('DROP INDEX IF EXISTS job_waiting');
    await runner.query('DROP INDEX IF EXISTS job_dead');
    await runner.query('ALTER TABLE job DROP COLUMN priority, DROP COLUMN dead_at, DROP COLUMN schedule_id');
    await runner.query('DROP TABLE IF EXISTS job_schedule');
  }
}

const statements = [
  `CREATE TABLE job_schedule (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     space_id uuid NOT NULL DEFAULT '${defaultSpace}' REFERENCES space (id),
     name text NOT NULL,
     kind text NOT NULL,
     input jsonb NOT NULL,
     -- Five fields, read in the time zone (an IANA name).
     cron text NOT NULL,
     time_zone text NOT NULL DEFAULT 'UTC',
     priority smallint NOT NULL DEFAULT 0,
     enabled boolean NOT NULL DEFAULT true,
     -- Null while it is disabled.
     next_run_at timestamptz,
     last_run_at timestamptz,
     last_job_id uuid,
     created_by text NOT NULL,
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     UNIQUE (space_id, name),
     CHECK (enabled = (next_run_at IS NOT NULL))
   )`,
  `CREATE INDEX job_schedule_due ON job_schedule (next_run_at) WHERE enabled`,
  // Off until somebody turns it on: cairn jobs schedule enable nightly-clustering
  `INSERT INTO job_schedule (name, kind, input, cron, time_zone, enabled, created_by)
   VALUES ('nightly-clustering', 'cluster', '{"parameters": {"scope": "unknown"}}', '0 3 * * *', 'UTC', false, 'cairn')`,

  `ALTER TABLE job
     ADD COLUMN priority smallint NOT NULL DEFAULT 0,
     -- Set when all attempts were used up, or the failure was nobody's input: a person looks at it and redrives it.
     ADD COLUMN dead_at timestamptz,
     ADD COLUMN schedule_id uuid REFERENCES job_schedule (id) ON DELETE SET NULL`,
  `CREATE INDEX job_waiting ON job (kind, priority DESC, seq) WHERE state = 'queued'`,
  `CREATE INDEX job_dead ON job (seq DESC) WHERE dead_at IS NOT NULL`,

  `CREATE TABLE job_log (
     seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     job_id uuid NOT NULL REFERENCES job (id) ON DELETE CASCADE,
     attempt integer NOT NULL,
     level text NOT NULL CHECK (level IN ('info', 'warn', 'error')),
     message text NOT NULL,
     at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `CREATE INDEX job_log_job ON job_log (job_id, seq)`,
  `COMMENT ON TABLE job_log IS 'not audited: written by jobs, not by people'`,
];
