import { createLogger, openServiceMetrics, openTracing, runProcess, startGrpcService } from '@cairn/service-kit';
import { readConfig } from './clustering.config.js';
import { ClusteringModule } from './clustering.module.js';

const logger = createLogger('clustering');
void runProcess(logger, async () => {
  const { address, logLevel, metricsAddress, traces } = readConfig();
  logger.level = logLevel;
  const tracing = await openTracing('clustering', traces, logger);
  const metrics = await openServiceMetrics('clustering', metricsAddress, logger);
  const service = await startGrpcService({
    ...{ service: 'clustering', module: ClusteringModule },
    ...{ address, logger, metrics, traceCalls: traces !== undefined },
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
