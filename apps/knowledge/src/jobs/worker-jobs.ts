import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy, type Provider } from '@nestjs/common';
import type { ClusteringClient, InferenceClient } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import { ClassifyJob } from '../classification/classify-job.js';
import { EmbedJob } from '../embedding/embed-job.js';
import { CLUSTERING, CONFIGURATION, INFERENCE, LOGGER } from '../injection-tokens.js';
import type { KnowledgeConfiguration } from '../knowledge.config.js';
import { Database } from '../persistence/database.js';
import { ClusterJob } from '../suggestions/cluster-job.js';
import { EvaluateJob } from '../training/evaluate-job.js';
import { FineTuneJob } from '../training/fine-tune-job.js';
import { repairPromotion } from '../training/promote-head.js';
import { TrainJob } from '../training/train-job.js';
import { isTransient } from './job-failure.js';
import { JobWorker } from './job-worker.js';
import { openPgBossQueue } from './pg-boss-queue.js';

const repairAgainMs = 2000;

/** The life of the worker role: takes jobs from start to stop. */
@Injectable()
export class WorkerJobs implements OnApplicationBootstrap, OnModuleDestroy {
  private worker: JobWorker | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: Database,
    @Inject(INFERENCE) private readonly inference: InferenceClient,
    @Inject(CLUSTERING) private readonly clustering: ClusteringClient,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIGURATION) private readonly configuration: KnowledgeConfiguration,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { database, inference, clustering, logger } = this;
    const queue = await openPgBossQueue(database, true, logger);
    this.worker = new JobWorker(
      database,
      queue,
      {
        embed: new EmbedJob(database, inference),
        classify: new ClassifyJob(database, inference),
        cluster: new ClusterJob(database, inference, clustering),
        train: new TrainJob(database, inference),
        fineTune: new FineTuneJob(database, inference),
        evaluate: new EvaluateJob(database, inference),
      },
      logger,
      { places: this.configuration.jobPlaces },
    );
    await this.worker.start();
    void this.repair();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.worker?.stop();
  }

  /** Inference may start after the worker, so the repair waits for it. */
  private async repair(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        return await repairPromotion(this.database, this.inference, { requestId: randomUUID() });
      } catch (error) {
        if (!isTransient(error)) return this.logger.error({ err: error }, 'the head in use could not be checked');
        await sleep(repairAgainMs, undefined, { signal: this.stopping.signal }).catch(() => {});
      }
    }
  }
}

export const workerJobProviders: Provider[] = [WorkerJobs];
