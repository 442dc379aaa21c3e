export * from './losses.js';
export * from './not-trainable.js';
export * from './targets.js';
export * from './training-graph.js';
export * from './write-back.js';
