import { currentLimits, DomainError, overOf, timeLeft } from '@cairn/contracts';
import { isTraced, traced } from '@cairn/service-kit';
import { SpanKind } from '@opentelemetry/api';
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { currentScope, type Scope } from '../access/scope.js';
import { queryInScope } from './scoped-query.js';
import { StatementStopper } from './stop-statements.js';

/** Where statements run: straight on the pool, or inside a transaction. */
export interface Sql {
  /** Runs one statement; `$1`, `$2` ... stand for the parameters. Returns its rows, of UPDATE and DELETE too. */
  rows<Row>(text: string, parameters?: readonly unknown[], options?: StatementOptions): Promise<Row[]>;
}

export interface StatementOptions {
  /**
   * The same text comes again and again, and one plan is right whatever its parameters are: PostgreSQL keeps it parsed and
   * planned, which is a good part of what a small statement costs. PGlite's one session keeps nothing.
   */
  readonly keep?: boolean;
}

/**
 * The one way to the database. Statements run in the scope of their caller (access/scope.ts): the database itself shows
 * and takes the rows of its space only. They are stopped when nobody waits for them any more (call-limits.ts); on PGlite,
 * where statements cannot be stopped, no further one begins. Turns a lost connection into UNAVAILABLE, so that a caller
 * can come back.
 */
export class Database implements Sql {
  private readonly stopper: StatementStopper | undefined;

  constructor(
    readonly dataSource: DataSource,
    readonly kind: 'embedded' | 'postgres',
  ) {
    if (kind === 'postgres') this.stopper = new StatementStopper(this.pool.options);
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.stopper?.close();
    await this.dataSource.destroy();
  }

  async rows<Row>(text: string, parameters: readonly unknown[] = [], options?: StatementOptions): Promise<Row[]> {
    const scope = scopeNow();
    const run = () =>
      this.withClient(async (client) =>
        // What belongs to the installation may be a statement that no transaction can hold.
        scope.space === null
          ? rowsOf<Row>(client, text, parameters)
          : queryInScope<Row>(client, text, parameters, scope, this.kind === 'postgres' && options?.keep),
      );
    return tracedStatement(text, run);
  }

  /**
   * Runs `work` in one transaction, again if the database chose it as the victim of a deadlock. Inside, use only what
   * is handed over: waiting for a second connection would wait for ever on PGlite. Keep it short and do nothing in
   * it that cannot be rolled back.
   */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.withClient((client) => attemptTransaction(client, work, this.kind));
      } catch (error) {
        if (attempt < maxAttempts && retryable.has(sqlStateOf(error) ?? '')) continue;
        throw error;
      }
    }
  }

  /**
   * Runs one statement that may not be part of a transaction, on the rows of every space and under a setting of its own.
   * On PGlite the setting stays as it is: all connections are one session there.
   */
  async withSetting(setting: string, value: string, text: string): Promise<void> {
    await this.withClient(async (client) => {
      if (this.kind === 'embedded') return client.query(text);
      await client.query(`SET ${setting} = '${value}'`);
      try {
        await client.query(text);
      } finally {
        await client.query(`RESET ${setting}`).catch(() => {});
      }
    });
  }

  private async withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const limits = currentLimits();
    refuseIfOver();
    let client: PoolClient | undefined;
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped = client && this.stopper?.stop(client));
    // A connection that breaks while it is lent would otherwise end the process; the statement fails by itself.
    const lost = () => {};
    try {
      client = await this.pool.connect();
      client.on('error', lost);
      refuseIfOver();
      limits?.signal.addEventListener('abort', stop, { once: true });
      const result = await work(client);
      limits?.signal.removeEventListener('abort', stop);
      await stopped;
      release(client, lost, stopped !== undefined);
      return result;
    } catch (error) {
      limits?.signal.removeEventListener('abort', stop);
      await stopped;
      if (client !== undefined) release(client, lost, stopped !== undefined || isConnectionLoss(error));
      throw expected(error);
    }
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }
}

function release(client: PoolClient, listener: () => void, broken = false): void {
  client.off('error', listener);
  client.release(broken);
}

async function attemptTransaction<T>(
  client: PoolClient,
  work: (sql: Sql) => Promise<T>,
  kind: Database['kind'],
): Promise<T> {
  const scope = scopeNow();
  let scoped = false;
  const rows = async <Row>(
    text: string,
    parameters: readonly unknown[] = [],
    options?: StatementOptions,
  ): Promise<Row[]> => {
    refuseIfOver();
    const first = !scoped;
    scoped = true;
    return tracedStatement(text, () =>
      first
        ? queryInScope<Row>(client, text, parameters, scope, kind === 'postgres' && options?.keep)
        : rowsOf<Row>(client, text, parameters),
    );
  };
  await client.query('BEGIN');
  try {
    const result = await work({ rows });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    if (!isConnectionLoss(error)) await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** @throws DEADLINE_EXCEEDED, CANCELLED if nobody waits any more: no statement is begun then */
function refuseIfOver(): void {
  const over = overOf();
  if (over !== undefined) throw over;
}

/** The scope of what runs now, with no more time for a statement than is left of the call. */
function scopeNow(): Scope {
  const scope = currentScope();
  const left = timeLeft();
  if (left === Infinity || (scope.statementTimeoutMs > 0 && scope.statementTimeoutMs < left)) return scope;
  return { ...scope, statementTimeoutMs: Math.max(1, Math.ceil(left)) };
}

/** As a span, if it is part of a trace: the statement with its placeholders, never what stands for them. */
function tracedStatement<T>(text: string, run: () => Promise<T>): Promise<T> {
  if (!isTraced()) return run();
  const [name] = /\w+/.exec(text) ?? ['SQL'];
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text.replace(/\s+/g, ' ').slice(0, 1000) };
  return traced(name.toUpperCase(), { kind: SpanKind.CLIENT, attributes }, run);
}

async function rowsOf<Row>(client: PoolClient, text: string, parameters: readonly unknown[]): Promise<Row[]> {
  const result = await client.query(text, [...parameters]);
  return result.rows as Row[];
}

const maxAttempts = 4;
/** serialization_failure and deadlock_detected. */
const retryable = new Set(['40001', '40P01']);

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

/** character_not_in_repertoire: of what can reach it, only NUL. */
const notStorable = '22021';

/** query_canceled: by us, or by its timeout. */
const cancelled = '57014';

function expected(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  if (sqlStateOf(error) === cancelled)
    return (
      overOf() ?? new DomainError('DEADLINE_EXCEEDED', 'The database took too long for this; ask for less at once.')
    );
  if (sqlStateOf(error) === notStorable)
    return new DomainError('INVALID_INPUT', 'A text holds the character NUL (U+0000); leave it out.');
  if (!isConnectionLoss(error)) return error;
  return new DomainError('UNAVAILABLE', 'The database cannot be reached; try again in a moment.');
}
