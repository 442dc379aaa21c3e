import { Controller, Inject } from '@nestjs/common';
import { GrpcStreamCall } from '@nestjs/microservices';
import type { clusteringV1 } from '@cairn/contracts';
import { serveDuplex } from '@cairn/service-kit';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { serveClusterCall, type ClusterCallSettings } from './cluster-call.js';
import { CLUSTER_CALL_SETTINGS } from './injection-tokens.js';

@Controller()
export class ClusteringController {
  constructor(@Inject(CLUSTER_CALL_SETTINGS) private readonly settings: ClusterCallSettings) {}

  @GrpcStreamCall('ClusteringService', 'Cluster')
  async cluster(call: ServerDuplexStream<clusteringV1.ClusterRequest, clusteringV1.ClusterResponse>): Promise<void> {
    await serveDuplex(call, this.settings.logger, (handling) => serveClusterCall(handling, this.settings));
  }
}
