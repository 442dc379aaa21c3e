import { beyondLimits, DomainError } from '@cairn/contracts';
import { untraced } from '@cairn/service-kit';
import { acrossSpaces, currentScope } from '../access/scope.js';
import { Observable, type Subscriber } from 'rxjs';
import type { Database } from '../persistence/database.js';
import { jobColumns, type JobRecord } from './job-record.js';
import { hasEnded } from './job-state.js';

const pollMs = 250;

interface Watcher {
  readonly space: string | null;
  readonly subscriber: Subscriber<JobRecord>;
  seen: string;
}

/**
 * Tells watchers how jobs go: the row now, then after every change, until the job has ended. The rows of all watched
 * jobs are read by one statement every 250 ms, and none while nobody watches: that works on PGlite, where NOTIFY
 * does not reach other connections, and costs the same for one watcher and for a thousand.
 */
export class JobWatch {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {}

  /** @returns a cold stream; fails with NOT_FOUND if there is no such job */
  watch(id: string): Observable<JobRecord> {
    const { space } = currentScope();
    return new Observable((subscriber) => {
      const watcher: Watcher = { space, subscriber, seen: '' };
      const ofJob = this.watchers.get(id) ?? new Set();
      this.watchers.set(id, ofJob.add(watcher));
      this.poll(0);
      return () => {
        ofJob.delete(watcher);
        if (ofJob.size === 0) this.watchers.delete(id);
      };
    });
  }

  /** Ends all streams. */
  close(): void {
    clearTimeout(this.timer);
    for (const { subscriber } of this.all())
      subscriber.error(new DomainError('UNAVAILABLE', 'The service stops; watch again in a moment.'));
  }

  private all(): Watcher[] {
    return [...this.watchers.values()].flatMap((ofJob) => [...ofJob]);
  }

  /** Reads sooner than planned when somebody new watches. */
  private poll(delayMs: number): void {
    clearTimeout(this.timer);
    // For all watchers: neither within the limits of the one that happens to set it, nor in its trace.
    this.timer = beyondLimits(() => untraced(() => setTimeout(() => void this.read(), delayMs)));
  }

  private async read(): Promise<void> {
    const asked = new Map([...this.watchers].map(([id, ofJob]) => [id, [...ofJob]]));
    if (asked.size === 0) return;
    try {
      const sql = `SELECT ${jobColumns} FROM job WHERE id = ANY ($1::uuid[])`;
      // One statement for the watchers of every space; `tell` keeps them apart.
      const read = await acrossSpaces(() => this.database.rows<JobRecord>(sql, [[...asked.keys()]]));
      const rows = new Map(read.map((row) => [row.id, row]));
      for (const [id, watchers] of asked) for (const watcher of watchers) tell(watcher, id, rows.get(id));
    } catch (error) {
      for (const { subscriber } of [...asked.values()].flat()) subscriber.error(error);
    }
    if (this.watchers.size > 0) this.poll(pollMs);
  }
}

function tell(watcher: Watcher, id: string, row: JobRecord | undefined): void {
  if (row === undefined || (watcher.space !== null && watcher.space !== row.space_id))
    return watcher.subscriber.error(DomainError.notFound('job', id));
  if (row.revision === watcher.seen) return;
  watcher.seen = row.revision;
  watcher.subscriber.next(row);
  if (hasEnded(row.state)) watcher.subscriber.complete();
}
