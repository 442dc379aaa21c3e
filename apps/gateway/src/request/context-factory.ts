import { randomUUID } from 'node:crypto';
import type { KnowledgeClients } from '@cairn/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KeyVerifier } from '../auth/key-verifier.js';
import { keyOfConnection, keyOfHeaders } from '../auth/presented-key.js';
import { toRequestError } from '../errors/error-table.js';
import { createContext, type GatewayContext } from './gateway-context.js';

/** Makes the context of an operation: who calls, under which request id, and until when somebody waits. */
export class ContextFactory {
  constructor(
    private readonly knowledge: KnowledgeClients,
    private readonly verifier: KeyVerifier,
  ) {}

  /** @throws GraphQLError with an HTTP status if the key of the request is refused or cannot be checked */
  async ofRequest(request: FastifyRequest, reply: FastifyReply): Promise<GatewayContext> {
    try {
      return await this.ofHttp(request, reply);
    } catch (thrown) {
      throw toRequestError(thrown, request.id);
    }
  }

  /** @throws DomainError if the key of the request is refused or cannot be checked */
  ofHttp(request: FastifyRequest, reply: FastifyReply): Promise<GatewayContext> {
    const clientLeft = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) clientLeft.abort();
    });
    return this.create(request.id, () => keyOfHeaders(request.headers), clientLeft.signal);
  }

  /** @throws DomainError if the key of the connection is refused or cannot be checked */
  ofConnection(
    parameters: Readonly<Record<string, unknown>> | undefined,
    headers: NodeJS.Dict<string | string[]>,
    clientLeft: AbortSignal,
  ): Promise<GatewayContext> {
    return this.create(randomUUID(), () => keyOfConnection(parameters) ?? keyOfHeaders(headers), clientLeft);
  }

  private async create(
    requestId: string,
    presentedKey: () => string | undefined,
    clientLeft: AbortSignal,
  ): Promise<GatewayContext> {
    const key = presentedKey();
    const identity = key === undefined ? undefined : await this.verifier.verify(key, requestId);
    return createContext(this.knowledge, requestId, identity, clientLeft);
  }
}
