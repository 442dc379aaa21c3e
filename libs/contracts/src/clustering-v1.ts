// One package in proto/, one generated file per proto file: joined again here, as in knowledge-v1.ts.
export * from './generated/cairn/clustering/v1/choose_k.js';
export * from './generated/cairn/clustering/v1/clustering.js';
export * from './generated/cairn/clustering/v1/hierarchy.js';
export * from './generated/cairn/clustering/v1/projection.js';
export * from './generated/cairn/clustering/v1/stages.js';
export const protobufPackage = 'cairn.clustering.v1';
export const protobufFileName = 'cairn/clustering/v1';
export const CAIRN_CLUSTERING_V1_PACKAGE_NAME = 'cairn.clustering.v1';
