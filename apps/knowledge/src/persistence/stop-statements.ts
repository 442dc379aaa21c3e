import { Pool, type PoolClient, type PoolConfig } from 'pg';

/** What pg keeps of a connection; its types leave it out. */
interface Backend {
  readonly processID: number;
}

/**
 * Stops statements that nobody waits for any more, over connections of its own: those of the application may all be busy,
 * and with statements like that one.
 */
export class StatementStopper {
  private readonly pool: Pool;

  /** @param options of the application's pool */
  constructor(options: PoolConfig) {
    this.pool = new Pool({ ...options, max: 2, idleTimeoutMillis: 10_000, allowExitOnIdle: true });
    this.pool.on('error', () => {});
  }

  /**
   * Stops what the connection runs. It must be closed afterwards, not lent again: the stop may arrive late, and would hit
   * the next one's statement. Never rejects: a statement that cannot be stopped ends by its own timeout.
   */
  async stop(client: PoolClient): Promise<void> {
    const { processID } = client as unknown as Backend;
    await this.pool.query('SELECT pg_cancel_backend($1)', [processID]).catch(() => {});
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
