import { randomUUID } from 'node:crypto';
import { DomainError, type KnowledgeClients } from '@cairn/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { identityIn, type Identity } from '../auth/identity.js';
import { keyOfConnection, keyOfHeaders } from '../auth/presented-key.js';
import type { SignIn } from '../auth/sign-in.js';
import type { SpaceFinder } from '../auth/space-finder.js';
import { toRequestError } from '../errors/error-table.js';
import type { RateLimiter } from '../limits/rate-limit.js';
import { ownReads, SharedReads, type QuestionReads } from '../loaders/shared-reads.js';
import { createContext, type GatewayContext, type Patience } from './gateway-context.js';

/** What callers may spend: those with a key, each, and those without one, each address. */
export interface RateLimiters {
  readonly withKey: RateLimiter;
  readonly anonymous: RateLimiter;
}

/** What a request or a connection says of its caller. */
interface Presented {
  key(): string | undefined;
  /** Slug of the space that is meant. */
  readonly space: string | undefined;
  readonly address: string;
}

/** Makes the context of an operation: who calls, in which space, under which request id, until when somebody waits. */
export class ContextFactory {
  private readonly own: QuestionReads;
  private readonly shared: SharedReads;

  constructor(
    private readonly knowledge: KnowledgeClients,
    private readonly signIn: SignIn,
    private readonly spaces: SpaceFinder,
    private readonly rates: RateLimiters,
    private readonly requestMs: number,
  ) {
    this.own = ownReads(knowledge);
    this.shared = new SharedReads(knowledge);
  }

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
    const since = performance.now() - reply.elapsedTime;
    const clientLeft = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) clientLeft.abort();
    });
    const { headers, ip } = request;
    const presented = { key: () => keyOfHeaders(headers), space: one(headers['x-cairn-space']), address: ip };
    const patience = { clientLeft: clientLeft.signal, requestMs: this.requestMs, since };
    return this.create(request.id, presented, patience);
  }

  /** @throws DomainError if the key of the connection is refused or cannot be checked */
  ofConnection(
    parameters: Readonly<Record<string, unknown>> | undefined,
    headers: NodeJS.Dict<string | string[]>,
    address: string,
    clientLeft: AbortSignal,
  ): Promise<GatewayContext> {
    const space = parameters?.space ?? parameters?.['x-cairn-space'];
    const presented = {
      key: () => keyOfConnection(parameters) ?? keyOfHeaders(headers),
      space: typeof space === 'string' ? space : one(headers['x-cairn-space']),
      address,
    };
    // A subscription has no end: each of its calls has the whole time.
    return this.create(randomUUID(), presented, { clientLeft, requestMs: this.requestMs });
  }

  private async create(requestId: string, presented: Presented, patience: Patience): Promise<GatewayContext> {
    const key = presented.key();
    const spaceOf = (slug: string) => this.spaces.find(slug, requestId);
    let identity: Identity | undefined;
    let space: string | undefined;
    if (key !== undefined) {
      const principal = await this.signIn.verify(key, presented.address, requestId);
      identity = await identityIn(principal, presented.space, spaceOf);
      space = identity.space;
    } else if (presented.space !== undefined) space = await spaceOf(presented.space);
    const spend = (cost: number) => {
      const { withKey, anonymous } = this.rates;
      const waitMs = identity ? withKey.spend(identity.id, cost) : anonymous.spend(presented.address, cost);
      if (waitMs > 0)
        throw new DomainError(
          'OVERLOADED',
          `That is more than ${identity ? 'this key' : 'callers without a key'} may ask for in a minute; come back in ${Math.ceil(waitMs / 1000)} s.`,
          {
            retryAfterMs: waitMs,
          },
        );
    };
    const reads = identity === undefined ? this.shared.of(space) : this.own;
    return createContext(this.knowledge, reads, requestId, identity, space, patience, spend);
  }
}

const one = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header) || undefined;
