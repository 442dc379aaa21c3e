export * from './graph-builder.js';
export * from './model.js';
export * from './tensor.js';
export { OnnxFormatError, type Int64 } from './wire.js';
