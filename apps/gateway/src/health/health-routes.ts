import type { FastifyInstance } from 'fastify';
import type { GrpcHealth } from './grpc-health.js';

/**
 * `/health/live`: the process answers. `/health/ready`: it and the services behind it can do their work.
 * @param isStopping whether a stop was asked for: not ready from then on
 */
export function addHealthRoutes(
  fastify: FastifyInstance,
  services: readonly GrpcHealth[],
  isStopping: () => boolean,
): void {
  fastify.get('/health/live', async () => ({ status: 'ok' }));
  fastify.get('/health/ready', async (_request, reply) => {
    const faults = await Promise.all(services.map((service) => service.fault()));
    const states = services.map(({ service }, index) => [service, faults[index] ?? 'ok'] as const);
    const ready = !isStopping() && faults.every((fault) => fault === undefined);
    return reply
      .status(ready ? 200 : 503)
      .send({ status: ready ? 'ok' : isStopping() ? 'stopping' : 'unavailable', ...Object.fromEntries(states) });
  });
}
