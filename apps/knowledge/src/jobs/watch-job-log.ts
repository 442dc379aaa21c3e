import { beyondLimits, DomainError } from '@cairn/contracts';
import { untraced } from '@cairn/service-kit';
import { Observable, type Subscriber } from 'rxjs';
import { acrossSpaces, currentScope } from '../access/scope.js';
import type { Database } from '../persistence/database.js';
import type { JobLogLine } from './job-log.js';
import { hasEnded, type JobState } from './job-state.js';

const pollMs = 400;

interface Watcher {
  readonly space: string | null;
  readonly jobId: string;
  readonly subscriber: Subscriber<JobLogLine>;
  seen: number;
}

/**
 * Tells watchers what jobs write down, from a line on, until the job has ended. All watchers are served by two statements
 * every 400 ms, and none while nobody watches (see watch-jobs.ts).
 */
export class JobLogWatch {
  private readonly watchers = new Set<Watcher>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {}

  /** @returns a cold stream of the lines after `afterSeq`; fails with NOT_FOUND if there is no such job */
  watch(jobId: string, afterSeq: number): Observable<JobLogLine> {
    const { space } = currentScope();
    return new Observable((subscriber) => {
      const watcher: Watcher = { space, jobId, subscriber, seen: afterSeq };
      this.watchers.add(watcher);
      this.poll(0);
      return () => this.watchers.delete(watcher);
    });
  }

  /** Ends all streams. */
  close(): void {
    clearTimeout(this.timer);
    for (const { subscriber } of [...this.watchers])
      subscriber.error(new DomainError('UNAVAILABLE', 'The service stops; watch again in a moment.'));
  }

  private poll(delayMs: number): void {
    clearTimeout(this.timer);
    // For all watchers: neither within the limits of the one that happens to set it, nor in its trace.
    this.timer = beyondLimits(() => untraced(() => setTimeout(() => void this.read(), delayMs)));
  }

  private async read(): Promise<void> {
    const asked = [...this.watchers];
    if (asked.length === 0) return;
    try {
      // States first: a job that had ended then has written its last line by now.
      const ids = [...new Set(asked.map(({ jobId }) => jobId))];
      // One statement for the watchers of every space; `tell` keeps them apart.
      const everywhere = <Row>(text: string, parameters: readonly unknown[]) =>
        acrossSpaces(() => this.database.rows<Row>(text, parameters));
      const jobs = await everywhere<WatchedJob>(
        'SELECT id, space_id AS space, state FROM job WHERE id = ANY ($1::uuid[])',
        [ids],
      );
      const byId = new Map(jobs.map((job) => [job.id, job]));
      const lines = await everywhere<JobLogLine & { jobId: string }>(
        `SELECT line.job_id AS "jobId", line.seq, line.attempt, line.level, line.message, line.at
         FROM unnest($1::uuid[], $2::bigint[]) AS asked (job_id, seq)
         JOIN job_log line ON line.job_id = asked.job_id AND line.seq > asked.seq ORDER BY line.seq`,
        [ids, ids.map((id) => Math.min(...asked.filter(({ jobId }) => jobId === id).map(({ seen }) => seen)))],
      );
      for (const watcher of asked) tell(watcher, byId.get(watcher.jobId), lines);
    } catch (error) {
      for (const { subscriber } of asked) subscriber.error(error);
    }
    if (this.watchers.size > 0) this.poll(pollMs);
  }
}

interface WatchedJob {
  readonly id: string;
  readonly space: string;
  readonly state: JobState;
}

function tell(watcher: Watcher, job: WatchedJob | undefined, lines: readonly (JobLogLine & { jobId: string })[]): void {
  if (job === undefined || (watcher.space !== null && watcher.space !== job.space))
    return watcher.subscriber.error(DomainError.notFound('job', watcher.jobId));
  for (const line of lines)
    if (line.jobId === watcher.jobId && line.seq > watcher.seen) {
      watcher.seen = line.seq;
      watcher.subscriber.next(line);
    }
  if (hasEnded(job.state)) watcher.subscriber.complete();
}
