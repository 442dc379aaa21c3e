import { Inject, Injectable, type OnModuleDestroy, type Provider } from '@nestjs/common';
import type { Logger } from '@cairn/service-kit';
import { LOGGER } from '../injection-tokens.js';
import { Database } from '../persistence/database.js';
import { openPgBossQueue } from './pg-boss-queue.js';
import { JOB_QUEUE, type JobQueue } from './queue.js';
import { JobLogWatch } from './watch-job-log.js';
import { JobWatch } from './watch-jobs.js';

/** Before connections close: watchers are sent away and the queue is let go. */
@Injectable()
export class ApiJobs implements OnModuleDestroy {
  constructor(
    private readonly watch: JobWatch,
    private readonly logWatch: JobLogWatch,
    @Inject(JOB_QUEUE) private readonly queue: JobQueue,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.watch.close();
    this.logWatch.close();
    await this.queue.close();
  }
}

/** What the api needs to start and watch jobs. */
export const apiJobProviders: Provider[] = [
  {
    provide: JOB_QUEUE,
    useFactory: (database: Database, logger: Logger) => openPgBossQueue(database, false, logger),
    inject: [Database, LOGGER],
  },
  { provide: JobWatch, useFactory: (database: Database) => new JobWatch(database), inject: [Database] },
  { provide: JobLogWatch, useFactory: (database: Database) => new JobLogWatch(database), inject: [Database] },
  ApiJobs,
];
