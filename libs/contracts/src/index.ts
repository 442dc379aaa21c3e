// Generated message types are reached through one namespace per package, so that a name says where it is from.
export * as clusteringV1 from './clustering-v1.js';
export * as inferenceV1 from './generated/cairn/inference/v1/inference.js';
// A protocol that Cairn speaks as a client only: its messages, no more.
export type * as kserveV2 from './generated/kserve/v2/inference.js';
export * as knowledgeV1 from './knowledge-v1.js';
export * as vectorsV1 from './generated/cairn/vectors/v1/vectors.js';
export * from './call-context.js';
export * from './call-limits.js';
export * from './call-span.js';
export * from './clients.js';
export * from './domain-error.js';
export * from './grpc-client.js';
export * from './packed-vectors.js';
export * from './service-packages.js';
