export * from './duplex.js';
export * from './environment.js';
export * from './folder-lock.js';
export * from './grpc-errors.js';
export * from './grpc-service.js';
export * from './log.js';
export * from './metrics-server.js';
