import {
  createLogger,
  nestLogger,
  openServiceMetrics,
  openTracing,
  runProcess,
  startGrpcService,
  type Logger,
  type ServiceMetrics,
} from '@cairn/service-kit';
import { NestFactory } from '@nestjs/core';
import { bootstrapKey, keepKey } from './access/api-keys.js';
import { jobCounts } from './jobs/job-counts.js';
import { readKnowledgeConfiguration, type KnowledgeConfiguration } from './knowledge.config.js';
import { ApiModule, WorkerModule } from './knowledge.module.js';
import { Database } from './persistence/database.js';

interface Running {
  stop(): Promise<void>;
}

async function startWorker(logger: Logger): Promise<Running> {
  const app = await NestFactory.createApplicationContext(WorkerModule, {
    logger: nestLogger(logger),
    abortOnError: false,
  });
  logger.info('ready');
  return { stop: () => app.close() };
}

function startApi(configuration: KnowledgeConfiguration, metrics: ServiceMetrics, logger: Logger): Promise<Running> {
  return startGrpcService({
    service: 'knowledge',
    module: ApiModule,
    address: configuration.address,
    logger,
    metrics,
    traceCalls: configuration.traces !== undefined,
    prepare: async (app) => {
      const database = app.get(Database);
      const keep = (key: string) => keepKey(key, configuration.bootstrapKeyFile);
      if (await bootstrapKey(database, keep)) logger.info('made the first admin key');
      metrics.gauge('jobs', 'Jobs by kind, of those that wait or run.', ['kind', 'state'], () => jobCounts(database));
    },
  });
}

const logger = createLogger('knowledge');
void runProcess(logger, async () => {
  const configuration = readKnowledgeConfiguration();
  logger.level = configuration.logLevel;
  const { role, metricsAddress, traces } = configuration;
  const ownLogger = logger.child({ role });
  const tracing = await openTracing(role === 'worker' ? 'worker' : 'knowledge', traces, ownLogger);
  const metrics = await openServiceMetrics('knowledge', metricsAddress, ownLogger);
  const service = await (role === 'worker' ? startWorker(ownLogger) : startApi(configuration, metrics, ownLogger));
  metrics.setReady(true);
  return {
    stop: async () => {
      metrics.setReady(false);
      await service.stop();
      await metrics.close();
      await tracing.close();
    },
  };
});
