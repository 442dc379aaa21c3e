import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  createClusteringClient,
  createInferenceClient,
  type ClusteringClient,
  type InferenceClient,
} from '@cairn/contracts';
import { createLogger, type Logger } from '@cairn/service-kit';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AccessController } from './access/access.controller.js';
import { CallScope } from './access/call-scope.js';
import { ContentController } from './content/content.controller.js';
import { EditingController } from './editing/editing.controller.js';
import { ScheduledPublishing } from './editing/scheduled-publishing.js';
import { ReviewController } from './review/review.controller.js';
import { SearchController } from './search/search.controller.js';
import { CLUSTERING, CONFIGURATION, INFERENCE, LOGGER } from './injection-tokens.js';
import { apiJobProviders } from './jobs/api-jobs.js';
import { JobController } from './jobs/job.controller.js';
import { workerJobProviders } from './jobs/worker-jobs.js';
import { readKnowledgeConfiguration, type KnowledgeConfiguration } from './knowledge.config.js';
import { Database } from './persistence/database.js';
import { openDatabase } from './persistence/open-database.js';
import { DiscoveryController } from './suggestions/discovery.controller.js';
import { TopicTreeController } from './topics/topic-tree.controller.js';
import { TrainingController } from './training/training.controller.js';
import { TransferController } from './transfer/transfer.controller.js';

/** What both roles stand on. Whoever gets the Database gets it connected and with its schema up to date. */
@Global()
@Module({
  providers: [
    { provide: CONFIGURATION, useFactory: readKnowledgeConfiguration },
    {
      provide: LOGGER,
      useFactory: ({ role, logLevel }: KnowledgeConfiguration) => createLogger(`knowledge-${role}`, logLevel),
      inject: [CONFIGURATION],
    },
    { provide: Database, useFactory: openDatabase, inject: [CONFIGURATION, LOGGER] },
    {
      provide: INFERENCE,
      useFactory: ({ inferenceAddress }: KnowledgeConfiguration) => createInferenceClient(inferenceAddress),
      inject: [CONFIGURATION],
    },
    {
      provide: CLUSTERING,
      useFactory: ({ clusteringAddress }: KnowledgeConfiguration) => createClusteringClient(clusteringAddress),
      inject: [CONFIGURATION],
    },
  ],
  exports: [CONFIGURATION, LOGGER, Database, INFERENCE, CLUSTERING],
})
export class CoreModule implements OnApplicationShutdown {
  constructor(
    private readonly database: Database,
    @Inject(INFERENCE) private readonly inference: InferenceClient,
    @Inject(CLUSTERING) private readonly clustering: ClusteringClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.inference.close();
    this.clustering.close();
    await this.database.close();
    this.logger.debug('connections closed');
  }
}

/** Role `api`: answers calls. */
@Module({
  imports: [CoreModule],
  controllers: [
    AccessController,
    ContentController,
    EditingController,
    TopicTreeController,
    ReviewController,
    SearchController,
    JobController,
    DiscoveryController,
    TrainingController,
    TransferController,
  ],
  providers: [{ provide: APP_INTERCEPTOR, useClass: CallScope }, ...apiJobProviders],
})
export class ApiModule {}

/** Role `worker`: runs jobs. */
@Module({ imports: [CoreModule], providers: [...workerJobProviders, ScheduledPublishing] })
export class WorkerModule {}
