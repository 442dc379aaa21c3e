import { createLogger, runProcess, startGrpcService } from '@cairn/service-kit';
import { readConfig } from './clustering.config.js';
import { ClusteringModule } from './clustering.module.js';

const logger = createLogger('clustering');
void runProcess(logger, () => {
  const { address, logLevel } = readConfig();
  logger.level = logLevel;
  return startGrpcService({ service: 'clustering', module: ClusteringModule, address, logger });
});
