import { createLogger, openTracing, runProcess, startGrpcService } from '@cairn/service-kit';
import { readInferenceConfig } from './inference.config.js';
import { InferenceModule } from './inference.module.js';
import { openMetrics } from './metrics/open-metrics.js';
import { Encoders } from './model-store/encoders.js';

const logger = createLogger('inference');

void runProcess(logger, async () => {
  const config = readInferenceConfig();
  logger.level = config.logLevel;
  const tracing = await openTracing('inference', config.traces, logger);
  const metrics = await openMetrics(config.metricsAddress, logger);
  const service = await startGrpcService({
    service: 'inference',
    module: InferenceModule.with(config, logger, metrics),
    address: config.address,
    logger,
    traceCalls: config.traces !== undefined,
    prepare: async (app) => {
      const encoders = app.get(Encoders);
      const { id, revision, layout, device, graph } = await encoders.loadDefault();
      logger.info({ encoder: id, revision, layout, device, graph }, 'encoder ready');
      await encoders.loadPromoted();
      void encoders.loadAliased();
    },
  });
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
