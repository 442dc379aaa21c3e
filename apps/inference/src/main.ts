import { createLogger, runProcess, startGrpcService } from '@cairn/service-kit';
import { readInferenceConfig } from './inference.config.js';
import { InferenceModule } from './inference.module.js';
import { Encoders } from './model-store/encoders.js';

const logger = createLogger('inference');

void runProcess(logger, async () => {
  const config = readInferenceConfig();
  logger.level = config.logLevel;
  return startGrpcService({
    service: 'inference',
    module: InferenceModule.with(config, logger),
    address: config.address,
    logger,
    prepare: async (app) => {
      const encoder = await app.get(Encoders).loadDefault();
      const { sessions, threads, tokenBudget } = config;
      logger.info({ encoder: encoder.id, revision: encoder.revision, sessions, threads, tokenBudget }, 'encoder ready');
    },
  });
});
