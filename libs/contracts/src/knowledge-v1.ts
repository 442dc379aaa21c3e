// One package in proto/, one generated file per service: joined again here. The three constants that every
// generated file repeats are declared once, which settles their ambiguity.
export * from './generated/cairn/knowledge/v1/access.js';
export * from './generated/cairn/knowledge/v1/content.js';
export * from './generated/cairn/knowledge/v1/discovery.js';
export * from './generated/cairn/knowledge/v1/editing.js';
export * from './generated/cairn/knowledge/v1/jobs.js';
export * from './generated/cairn/knowledge/v1/paging.js';
export * from './generated/cairn/knowledge/v1/review.js';
export * from './generated/cairn/knowledge/v1/search.js';
export * from './generated/cairn/knowledge/v1/topic_tree.js';
export * from './generated/cairn/knowledge/v1/training.js';
export * from './generated/cairn/knowledge/v1/transfer.js';
export const protobufPackage = 'cairn.knowledge.v1';
export const protobufFileName = 'cairn/knowledge/v1';
export const CAIRN_KNOWLEDGE_V1_PACKAGE_NAME = 'cairn.knowledge.v1';
