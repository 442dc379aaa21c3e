import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PersistedOperations, AskedDocument } from '../limits/persisted-operations.js';

/** Puts the text of a persisted operation where the request named it, before anything else reads the request. */
export function resolvePersisted(fastify: FastifyInstance, path: string, operations: PersistedOperations): void {
  fastify.addHook('preHandler', (request, _reply, done) => {
    try {
      if (request.url.split('?')[0] === path) resolveIn(request, operations);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

function resolveIn(request: FastifyRequest, operations: PersistedOperations): void {
  if (request.method === 'GET') {
    const asked = request.query as Record<string, unknown>;
    const extensions = parsed(asked.extensions);
    const query = operations.resolve({ ...asked, extensions });
    if (typeof query !== 'string' || query === asked.query) return;
    // What answers GraphQL reads the address, not what was parsed of it.
    const address = new URL(request.url, 'http://gateway');
    address.searchParams.set('query', query);
    address.searchParams.delete('documentId');
    address.searchParams.delete('extensions');
    request.raw.url = `${address.pathname}${address.search}`;
    return;
  }
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
  const asked = body as AskedDocument & Record<string, unknown>;
  put(asked, operations.resolve(asked));
  const { extensions } = asked;
  if (typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions)
    delete extensions.persistedQuery;
}

function put(asked: Record<string, unknown>, query: unknown): void {
  if (query !== undefined) asked.query = query;
  delete asked.documentId;
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
