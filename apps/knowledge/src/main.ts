import { createLogger, nestLogger, runProcess, startGrpcService } from '@cairn/service-kit';
import { NestFactory } from '@nestjs/core';
import { bootstrapKey, keepKey } from './access/api-keys.js';
import { readKnowledgeConfiguration, type KnowledgeConfiguration } from './knowledge.config.js';
import { ApiModule, WorkerModule } from './knowledge.module.js';
import { Database } from './persistence/database.js';
import type { Logger } from '@cairn/service-kit';

async function startWorker(logger: Logger): Promise<{ stop(): Promise<void> }> {
  const app = await NestFactory.createApplicationContext(WorkerModule, {
    logger: nestLogger(logger),
    abortOnError: false,
  });
  logger.info('ready');
  return { stop: () => app.close() };
}

function start(configuration: KnowledgeConfiguration, logger: Logger): Promise<{ stop(): Promise<void> }> {
  if (configuration.role === 'worker') return startWorker(logger);
  return startGrpcService({
    service: 'knowledge',
    module: ApiModule,
    address: configuration.address,
    logger,
    prepare: async (app) => {
      const keep = (key: string) => keepKey(key, configuration.bootstrapKeyFile);
      if (await bootstrapKey(app.get(Database), keep)) logger.info('made the first admin key');
    },
  });
}

const logger = createLogger('knowledge');
void runProcess(logger, () => {
  const configuration = readKnowledgeConfiguration();
  logger.level = configuration.logLevel;
  return start(configuration, logger.child({ role: configuration.role }));
});
