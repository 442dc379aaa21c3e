export { CairnClient, type ClientOptions } from './client.js';
export { CairnError, type ErrorCode, type ErrorEntry } from './cairn-error.js';
export { allNodes } from './all-nodes.js';
export type { Result, Selection } from './selection.js';
export * from './generated/schema-types.js';
