import 'reflect-metadata';
import { createLogger, openTracing, runProcess } from '@cairn/service-kit';
import { readGatewayConfig } from './gateway.config.js';
import { startGateway } from './gateway.js';

// A configuration that cannot be read still needs a logger to say so.
const logger = createLogger('gateway');

void runProcess(logger, async () => {
  const config = readGatewayConfig();
  logger.level = config.logLevel;
  const tracing = await openTracing('gateway', config.traces, logger);
  const gateway = await startGateway(config, logger);
  return {
    stop: async () => {
      await gateway.stop();
      await tracing.close();
    },
  };
});
