import { DomainError, type InferenceClient } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assertScope } from '../auth/scope-of-field.js';
import { describeFault } from '../errors/fault.js';
import type { ContextFactory } from '../request/context-factory.js';
import { answerEmbeddings } from './embeddings.js';
import { parseEmbeddingsRequest } from './embeddings-request.js';
import { errorAnswer } from './error-body.js';
import { describeModel, listModels } from './models.js';

export interface OpenAIServices {
  readonly inference: InferenceClient;
  readonly contexts: ContextFactory;
  readonly logger: Logger;
}

/**
 * The part of the OpenAI API that embeds: programs made for it need another address only. Who may call is decided as
 * for the GraphQL query `embed`. A body may have as many bytes as there: 300,000 tokens of 14 bytes each.
 */
export function addOpenAIRoutes(fastify: FastifyInstance, { inference, contexts, logger }: OpenAIServices): void {
  const fail = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const fault = describeFault(thrown, request.id);
    if (fault.code === 'INTERNAL') logger.error({ requestId: request.id, err: thrown }, 'unexpected error');
    const { status, headers, body } = errorAnswer(fault);
    return reply.status(status).headers(headers).send(body);
  };

  // A scope of its own: its errors have another shape than those of GraphQL.
  void fastify.register(
    (scope, _options, done) => {
      scope.setErrorHandler(fail);
      scope.setNotFoundHandler((request, reply) =>
        fail(new DomainError('NOT_FOUND', `There is no ${request.method} ${request.url} here.`), request, reply),
      );
      scope.post('/embeddings', async (request, reply) => {
        const { call, identity, spend } = await contexts.ofHttp(request, reply);
        assertScope(identity, 'encode', 'embeddings');
        const wanted = parseEmbeddingsRequest(request.body);
        spend(wanted.texts.length);
        const answer = await answerEmbeddings(inference, wanted, call);
        return reply.header('content-type', 'application/json; charset=utf-8').send(answer);
      });
      scope.get('/models', async (request, reply) => {
        const { call } = await contexts.ofHttp(request, reply);
        return listModels((await inference.listModels({}, call())).models);
      });
      // Ids from a hub hold a slash.
      scope.get<{ Params: { '*': string } }>('/models/*', async (request, reply) => {
        const { call } = await contexts.ofHttp(request, reply);
        const id = request.params['*'];
        try {
          return describeModel(id, await inference.getModel({ id }, call()));
        } catch (thrown) {
          if (!(thrown instanceof DomainError) || thrown.code !== 'NOT_FOUND') throw thrown;
          throw new DomainError('NOT_FOUND', thrown.message, { field: 'model' });
        }
      });
      done();
    },
    { prefix: '/v1' },
  );
}
