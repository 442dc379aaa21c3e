export * from './device-step.js';
export * from './dropout.js';
export * from './losses.js';
export * from './low-rank.js';
export * from './not-trainable.js';
export * from './targets.js';
export * from './training-graph.js';
export * from './write-back.js';
