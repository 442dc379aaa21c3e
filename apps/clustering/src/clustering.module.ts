import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { createLogger } from '@cairn/service-kit';
import { Admission } from './admission.js';
import type { ClusterCallSettings } from './cluster-call.js';
import { readConfig } from './clustering.config.js';
import { ClusteringController } from './clustering.controller.js';
import { CLUSTER_CALL_SETTINGS } from './injection-tokens.js';
import { WorkerPool } from './workers/worker-pool.js';

function clusterCallSettings(): ClusterCallSettings {
  const { threads, runs, waiting, maxBytes, maxDiskBytes, spoolFolder, logLevel } = readConfig();
  return {
    pool: new WorkerPool(threads),
    admission: new Admission(runs, waiting),
    maxBytes,
    maxDiskBytes,
    spoolFolder,
    logger: createLogger('clustering', logLevel),
  };
}

@Module({
  controllers: [ClusteringController],
  providers: [{ provide: CLUSTER_CALL_SETTINGS, useFactory: clusterCallSettings }],
})
export class ClusteringModule implements OnApplicationShutdown {
  constructor(@Inject(CLUSTER_CALL_SETTINGS) private readonly settings: ClusterCallSettings) {}

  async onApplicationShutdown(): Promise<void> {
    await this.settings.pool.close();
  }
}
