import type { ClusteringServiceClient } from './generated/cairn/clustering/v1/clustering.js';
import type { InferenceServiceClient } from './generated/cairn/inference/v1/inference.js';
import type { AccessServiceClient } from './generated/cairn/knowledge/v1/access.js';
import type { ContentServiceClient } from './generated/cairn/knowledge/v1/content.js';
import type { DiscoveryServiceClient } from './generated/cairn/knowledge/v1/discovery.js';
import type { EditingServiceClient } from './generated/cairn/knowledge/v1/editing.js';
import type { JobServiceClient } from './generated/cairn/knowledge/v1/jobs.js';
import type { ReviewServiceClient } from './generated/cairn/knowledge/v1/review.js';
import type { SearchServiceClient } from './generated/cairn/knowledge/v1/search.js';
import type { TopicTreeServiceClient } from './generated/cairn/knowledge/v1/topic_tree.js';
import type { TrainingServiceClient } from './generated/cairn/knowledge/v1/training.js';
import type { TransferServiceClient } from './generated/cairn/knowledge/v1/transfer.js';
import { createGrpcClient, type GrpcClient } from './grpc-client.js';

export type InferenceClient = GrpcClient<InferenceServiceClient>;
export type ClusteringClient = GrpcClient<ClusteringServiceClient>;

export const createInferenceClient = (address: string): InferenceClient =>
  createGrpcClient<InferenceServiceClient>('inference', 'InferenceService', address);

export const createClusteringClient = (address: string): ClusteringClient =>
  createGrpcClient<ClusteringServiceClient>('clustering', 'ClusteringService', address);

/** One client per knowledge service, all at one address. */
export interface KnowledgeClients {
  readonly content: GrpcClient<ContentServiceClient>;
  readonly editing: GrpcClient<EditingServiceClient>;
  readonly topicTree: GrpcClient<TopicTreeServiceClient>;
  readonly review: GrpcClient<ReviewServiceClient>;
  readonly search: GrpcClient<SearchServiceClient>;
  readonly discovery: GrpcClient<DiscoveryServiceClient>;
  readonly jobs: GrpcClient<JobServiceClient, 'watchJob' | 'watchJobLog'>;
  readonly training: GrpcClient<TrainingServiceClient>;
  readonly access: GrpcClient<AccessServiceClient>;
  readonly transfer: GrpcClient<TransferServiceClient>;
  close(): void;
}

export function createKnowledgeClients(address: string): KnowledgeClients {
  const clients = {
    content: createGrpcClient<ContentServiceClient>('knowledge', 'ContentService', address),
    editing: createGrpcClient<EditingServiceClient>('knowledge', 'EditingService', address),
    topicTree: createGrpcClient<TopicTreeServiceClient>('knowledge', 'TopicTreeService', address),
    review: createGrpcClient<ReviewServiceClient>('knowledge', 'ReviewService', address),
    search: createGrpcClient<SearchServiceClient>('knowledge', 'SearchService', address),
    discovery: createGrpcClient<DiscoveryServiceClient>('knowledge', 'DiscoveryService', address),
    jobs: createGrpcClient<JobServiceClient, 'watchJob' | 'watchJobLog'>('knowledge', 'JobService', address),
    training: createGrpcClient<TrainingServiceClient>('knowledge', 'TrainingService', address),
    access: createGrpcClient<AccessServiceClient>('knowledge', 'AccessService', address),
    transfer: createGrpcClient<TransferServiceClient>('knowledge', 'TransferService', address),
  };
  return { ...clients, close: () => Object.values(clients).forEach((client) => client.close()) };
}
