import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '@cairn/service-kit';
import { LOGGER } from '../injection-tokens.js';
import { Database } from '../persistence/database.js';
import { publishDue } from './schedule-publication.js';

const lookEveryMs = 2_000;

/** Part of the worker role: publishes what is due, within about two seconds. */
@Injectable()
export class ScheduledPublishing implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const published = await publishDue(this.database);
        if (published > 0) this.logger.info({ published }, 'published what was due');
      } catch (error) {
        // The database may be away for a while; what is due stays due.
        this.logger.warn({ err: error }, 'what is due could not be published');
      }
      await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }
}
