import { DomainError } from '@cairn/contracts';
import type { DataSource, QueryRunner } from 'typeorm';

/** Where statements run: straight on the pool, or inside a transaction. */
export interface Sql {
  /** Runs one statement; `$1`, `$2` ... stand for the parameters. Returns its rows, of UPDATE and DELETE too. */
  rows<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** The one way to the database. Turns a lost connection into UNAVAILABLE, so that a caller can come back. */
export class Database implements Sql {
  constructor(
    readonly dataSource: DataSource,
    readonly kind: 'embedded' | 'postgres',
  ) {}

  async rows<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await rowsOf<Row>(runner, text, parameters);
    } catch (error) {
      throw unavailableIfLost(error);
    } finally {
      await runner.release().catch(() => {});
    }
  }

  /**
   * Runs `work` in one transaction, again if the database chose it as the victim of a deadlock. Inside, use only what
   * is handed over: waiting for a second connection would wait for ever on PGlite. Keep it short and do nothing in
   * it that cannot be rolled back.
   */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work);
      } catch (error) {
        if (attempt < maxAttempts && retryable.has(sqlStateOf(error) ?? '')) continue;
        throw unavailableIfLost(error);
      }
    }
  }

  private async attempt<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await work({ rows: (text, parameters = []) => rowsOf(runner, text, parameters) });
      await runner.commitTransaction();
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => {});
      throw error;
    } finally {
      await runner.release().catch(() => {});
    }
  }
}

const maxAttempts = 4;
/** serialization_failure and deadlock_detected. */
const retryable = new Set(['40001', '40P01']);

async function rowsOf<Row>(runner: QueryRunner, text: string, parameters: readonly unknown[]): Promise<Row[]> {
  const result = await runner.query(text, [...parameters], true);
  return (result.records ?? []) as Row[];
}

/** The five characters PostgreSQL gives every error, if it is one of PostgreSQL's. */
export function sqlStateOf(error: unknown): string | undefined {
  const { driverError, code } = error as { driverError?: { code?: unknown }; code?: unknown };
  const state = driverError?.code ?? code;
  return typeof state === 'string' ? state : undefined;
}

/** Connection lost, refused, timed out, or the server shutting down or starting (classes 08 and 57P). */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlStateOf(error) ?? '';
  if (/^(08...|57P0\d|53300)$/.test(state)) return true;
  if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH'].includes(state)) return true;
  const { driverError } = error as { driverError?: unknown };
  const message = String((driverError as Error | undefined)?.message ?? (error as Error | undefined)?.message ?? '');
  return /Connection terminated|timeout exceeded when trying to connect|not queryable|Client was closed/i.test(message);
}

function unavailableIfLost(error: unknown): unknown {
  if (error instanceof DomainError || !isConnectionLoss(error)) return error;
  return new DomainError('UNAVAILABLE', 'The database cannot be reached; try again in a moment.');
}
