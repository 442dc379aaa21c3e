import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorTable } from '../errors/error-table.js';

/** When a refused caller may come back: about what the requests that are under way take. */
const retryAfterMs = 1_000;

const { httpStatus } = errorTable.OVERLOADED;

/**
 * Bounds the requests that are worked on at the same time. What comes beyond is refused before its body is read, which
 * costs next to nothing: under more load than there is capacity for, those that are let in are answered as fast as ever,
 * instead of all of them too late, and memory stays what it is.
 * @param most requests under way; those to other paths are not counted
 */
export function admitRequests(fastify: FastifyInstance, path: string, most: number): void {
  let underWay = 0;
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (request.method !== 'POST' || !belongsTo(request.url, path)) return done();
    if (underWay >= most) return void refuse(request, reply);
    underWay++;
    // Once, however it ends: answered, failed, or given up by the caller.
    reply.raw.once('close', () => underWay--);
    done();
  });
}

const belongsTo = (url: string, path: string): boolean => url === path || url.startsWith(`${path}?`);

function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = 'There are too many requests at the moment; try again in a second.';
  const extensions = { code: 'OVERLOADED', requestId: request.id, retryAfterMs };
  return reply
    .code(httpStatus)
    .header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [{ message, extensions }] }));
}
