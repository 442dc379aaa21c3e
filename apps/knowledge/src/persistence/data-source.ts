import { DataSource, type Logger as TypeOrmLogger } from 'typeorm';
import { types } from 'pg';
import type { Logger } from '@cairn/service-kit';
import { migrations as allMigrations } from './migrations/index.js';

// Sequence numbers and counts: all below 2^53.
types.setTypeParser(types.builtins.INT8, Number);
const parseInstant = types.getTypeParser(types.builtins.TIMESTAMPTZ) as (text: string) => Date;
types.setTypeParser(types.builtins.TIMESTAMPTZ, (text) => instantOf(text) ?? parseInstant(text));

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
 * sets of rows in and out, and written as SQL. No session state is set, and statements are named on PostgreSQL only
 * (scoped-query.ts), so that the same code runs on PGlite, where all connections share one session.
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

/**
 * "2026-11-24 01:02:03.456789+00", as a server in UTC writes it, a tenth as dear as by the pattern of pg's parser; a page
 * has hundreds. undefined for all other forms.
 */
export function instantOf(text: string): Date | undefined {
  if (text.charCodeAt(10) !== 0x20 || !text.endsWith('+00') || text.length > 29) return undefined;
  const instant = new Date(`${text.slice(0, 10)}T${text.slice(11, Math.min(23, text.length - 3))}Z`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}
