import type { PGlite } from '@electric-sql/pglite';

/** Messages of the extended protocol after which the same client goes on: Parse, Bind, Describe, Execute, Close, Flush. */
const continued = new Set([...'PBDECH'].map((letter) => letter.charCodeAt(0)));
const sync = new Uint8Array([...Buffer.from('S'), 0, 0, 0, 4]);

/**
 * PGlite as `PGLiteSocketServer` sees it, with one correction. All connections share one session and so one unnamed
 * statement, but the server's queue keeps a client's messages together only inside a transaction. Behind a
 * transaction of a third client, two waiting clients had their Parse and Bind messages interleaved: each then ran
 * the other's statement. Here a client that has sent Parse holds the session until its Sync.
 */
export class WholeConversations {
  private unfinished = false;
  private running = 0;
  private lastEnd = performance.now();

  /**
   * @param db the database
   * @param onCrash called when PGlite itself fails (not a statement: those fail inside the protocol); nothing can be
   *   served after that
   */
  constructor(
    private readonly db: PGlite,
    private readonly onCrash: (error: unknown) => void,
  ) {}

  get waitReady(): Promise<void> {
    return this.db.waitReady;
  }

  /** Whether the client of the last message must be served before all others. */
  isInTransaction(): boolean {
    return this.unfinished || this.db.isInTransaction();
  }

  /** How long the client that has a transaction open has said nothing, in ms; 0: there is none, or its statement runs. */
  silentMs(): number {
    return this.running === 0 && this.isInTransaction() ? performance.now() - this.lastEnd : 0;
  }

  runExclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.db.runExclusive(work);
  }

  async execProtocolRawStream(...[message, options]: Parameters<PGlite['execProtocolRawStream']>): Promise<void> {
    this.unfinished = continued.has(message[0]);
    this.running++;
    try {
      await this.db.execProtocolRawStream(message, options);
    } catch (error) {
      this.onCrash(error);
      throw error;
    } finally {
      this.running--;
      this.lastEnd = performance.now();
    }
  }

  /** The server calls this with ROLLBACK when a client vanishes in the middle of its work. */
  async exec(statement: string): Promise<void> {
    if (this.unfinished) {
      this.unfinished = false;
      await this.db.runExclusive(() => this.db.execProtocolRawStream(sync, { onRawData: () => {} }));
    }
    if (this.db.isInTransaction()) await this.db.exec(statement);
  }
}
