import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';

/** Any number, the same in every process: the lock under which migrations run. */
const migrationLock = 7_246_001;

/**
 * Brings the schema up to date, all or nothing. Processes that start together take turns: the lock is bound to the
 * transaction, since session locks exclude nobody on PGlite.
 * @returns names of the migrations that ran
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    const ran = await new MigrationExecutor(dataSource, runner).executePendingMigrations();
    if (ran.length > 0) await lookAfterNewTables(runner);
    await runner.commitTransaction();
    return ran.map((migration) => migration.name);
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => {});
    throw error;
  } finally {
    await runner.release();
  }
}

/** Tables that a migration has made are kept apart by space and watched by the audit log, without their own doing. */
async function lookAfterNewTables(runner: QueryRunner): Promise<void> {
  for (const name of ['cairn_keep_apart', 'cairn_watch_tables']) {
    const [{ present }] = (await runner.query('SELECT to_regproc($1) IS NOT NULL AS present', [name])) as {
      present: boolean;
    }[];
    if (present) await runner.query(`SELECT ${name}()`);
  }
}

/** Whether every migration this program knows has run; the worker waits for it. */
export async function isMigrated(dataSource: DataSource): Promise<boolean> {
  const [{ present }] = await dataSource.query<{ present: boolean }[]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS present`,
  );
  if (!present) return false;
  const [{ ran }] = await dataSource.query<{ ran: number }[]>('SELECT count(*) AS ran FROM migrations');
  return ran >= dataSource.migrations.length;
}
