import { DataSource, type Logger as TypeOrmLogger } from 'typeorm';
import { types } from 'pg';
import type { Logger } from '@cairn/service-kit';
import { migrations as allMigrations } from './migrations/index.js';

// Sequence numbers and counts: all below 2^53.
types.setTypeParser(types.builtins.INT8, Number);

export interface DataSourceSettings {
  readonly url: string;
  /** Which limits apply: PGlite has one session for all connections, so more of them would only wait. */
  readonly kind: 'embedded' | 'postgres';
  readonly logger: Logger;
  /** Those that are to run; all of them if absent. */
  readonly migrations?: typeof allMigrations;
}

/**
 * TypeORM over `pg`, not yet connected: connections, transactions and migrations. There are no entities: statements are
 * sets of rows in and out, and written as SQL. No statement is named and no session state is set, so that the same code
 * runs on PGlite, where all connections share one session.
 */
export function createDataSource({ url, kind, logger, migrations = allMigrations }: DataSourceSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    migrations,
    synchronize: false,
    installExtensions: false,
    logger: quietLogger,
    // A lost idle connection is replaced by the pool; without a handler it would end the process.
    poolErrorHandler: (error: Error) => logger.warn({ err: error }, 'a database connection was lost'),
    extra: {
      max: kind === 'embedded' ? 8 : 16,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    },
  });
}

/** Failed statements reach the caller as errors; logging them here too would say everything twice. */
const quietLogger: TypeOrmLogger = {
  logQuery: () => {},
  logQueryError: () => {},
  logQuerySlow: () => {},
  logSchemaBuild: () => {},
  logMigration: () => {},
  log: () => {},
};
