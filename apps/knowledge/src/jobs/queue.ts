/** What Nest injects a JobQueue by. */
export const JOB_QUEUE = 'job queue';

/**
 * How workers learn that a job waits. A message is a knock on the door: the table `job` is the truth, a message too
 * many finds nothing to claim, and a lost one is replaced by the sweeper.
 */
export interface JobQueue {
  /** Tells some worker of a job, at once or later. Telling twice is harmless. */
  send(jobId: string, afterSeconds?: number): Promise<void>;
  /** Calls `handle` for every message, one at a time; `handle` must only claim and return. */
  receive(handle: (jobId: string) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}
