import { Controller, Inject } from '@nestjs/common';
import { GrpcStreamCall } from '@nestjs/microservices';
import type { clusteringV1 } from '@cairn/contracts';
import { serveDuplex } from '@cairn/service-kit';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { serveChooseKCall } from './choose-k-call.js';
import { serveClusterCall, type ClusterCallSettings } from './cluster-call.js';
import { serveHierarchyCall } from './hierarchy-call.js';
import { CLUSTER_CALL_SETTINGS } from './injection-tokens.js';
import { serveProjectCall } from './project-call.js';

@Controller()
export class ClusteringController {
  constructor(@Inject(CLUSTER_CALL_SETTINGS) private readonly settings: ClusterCallSettings) {}

  @GrpcStreamCall('ClusteringService', 'Cluster')
  async cluster(call: ServerDuplexStream<clusteringV1.ClusterRequest, clusteringV1.ClusterResponse>): Promise<void> {
    await serveDuplex(call, this.settings.logger, (handling) => serveClusterCall(handling, this.settings));
  }

  @GrpcStreamCall('ClusteringService', 'Hierarchy')
  async hierarchy(
    call: ServerDuplexStream<clusteringV1.HierarchyRequest, clusteringV1.HierarchyResponse>,
  ): Promise<void> {
    await serveDuplex(call, this.settings.logger, (handling) => serveHierarchyCall(handling, this.settings));
  }

  @GrpcStreamCall('ClusteringService', 'ChooseK')
  async chooseK(call: ServerDuplexStream<clusteringV1.ChooseKRequest, clusteringV1.ChooseKResponse>): Promise<void> {
    await serveDuplex(call, this.settings.logger, (handling) => serveChooseKCall(handling, this.settings));
  }

  @GrpcStreamCall('ClusteringService', 'Project')
  async project(call: ServerDuplexStream<clusteringV1.ProjectRequest, clusteringV1.ProjectResponse>): Promise<void> {
    await serveDuplex(call, this.settings.logger, (handling) => serveProjectCall(handling, this.settings));
  }
}
