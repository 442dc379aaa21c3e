import 'reflect-metadata';
import { createLogger, runProcess } from '@cairn/service-kit';
import { readGatewayConfig } from './gateway.config.js';
import { startGateway } from './gateway.js';

// A configuration that cannot be read still needs a logger to say so.
const logger = createLogger('gateway');

void runProcess(logger, async () => {
  const config = readGatewayConfig();
  logger.level = config.logLevel;
  return startGateway(config, logger);
});
