import { buildOperation } from './build-operation.js';
import { CairnError, type ErrorEntry } from './cairn-error.js';
import { schemaMap } from './generated/schema-map.js';
import type { Mutation, Query, Subscription } from './generated/schema-types.js';
import type { Result, Selection } from './selection.js';
import { subscribe } from './subscribe.js';

export interface ClientOptions {
  /** Address of the gateway's GraphQL endpoint, "https://cairn.example.org/graphql". */
  readonly url: string;
  /** API key or OpenID Connect token; a function is asked before each request. */
  readonly key?: string | (() => string | undefined | Promise<string | undefined>);
  /** Slug of the space that is meant; absent: that of the key, or the default one. */
  readonly space?: string;
  /** Milliseconds after which a request is given up [30,000]. */
  readonly timeoutMs?: number;
  /** Times a request is sent again when the server says to come back, after the time it says [3]. */
  readonly retries?: number;
  /** For platforms or proxies with their own. */
  readonly fetch?: typeof fetch;
  /** For platforms without a WebSocket of their own: Node.js before 22. */
  readonly WebSocket?: unknown;
}

/** A Cairn behind its GraphQL schema. Selections are objects; answers have the types of what was selected. */
export class CairnClient {
  constructor(private readonly options: ClientOptions) {}

  /**
   * Reads. `$` holds arguments, `true` selects a value: `query({ topics: { $: { first: 5 }, nodes: { title: true } } })`.
   * @throws CairnError with the code of the first error
   */
  query<const S extends Selection<Query>>(selection: S, signal?: AbortSignal): Promise<Result<Query, S>> {
    return this.run('query', 'Query', selection, signal) as Promise<Result<Query, S>>;
  }

  /**
   * Changes. What the caller can put right is in `userErrors` of the answer, if that is selected.
   * @throws CairnError with the code of the first error
   */
  mutate<const S extends Selection<Mutation>>(selection: S, signal?: AbortSignal): Promise<Result<Mutation, S>> {
    return this.run('mutation', 'Mutation', selection, signal) as Promise<Result<Mutation, S>>;
  }

  /**
   * Watches: the state now, then every change. A broken connection is opened again, and the stream goes on with the
   * state as it is then, so nothing is lost but states that were overtaken.
   * @throws CairnError with the code of the first error
   */
  async *watch<const S extends Selection<Subscription>>(
    selection: S,
    signal?: AbortSignal,
  ): AsyncGenerator<Result<Subscription, S>> {
    const operation = buildOperation(schemaMap, 'subscription', 'Subscription', selection);
    const { url, space, WebSocket: socket } = this.options;
    const settings = { url, space, key: () => this.key(), webSocket: socket, signal };
    for await (const data of subscribe(operation, settings)) yield data as Result<Subscription, S>;
  }

  private async run(
    kind: 'query' | 'mutation',
    rootType: 'Query' | 'Mutation',
    selection: object,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const body = JSON.stringify(buildOperation(schemaMap, kind, rootType, selection));
    const { retries = 3 } = this.options;
    for (let attempt = 0; ; attempt++) {
      const { data, errors } = await this.post(body, signal);
      const [first] = errors ?? [];
      if (first === undefined) return data;
      const waitMs = first.extensions?.retryAfterMs;
      // Refused before any work, so that sending it again does nothing twice.
      if (first.extensions?.code !== 'OVERLOADED' || waitMs === undefined || attempt >= retries)
        throw CairnError.of(errors as ErrorEntry[], data);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      signal?.throwIfAborted();
    }
  }

  private async post(
    body: string,
    signal: AbortSignal | undefined,
  ): Promise<{ data?: unknown; errors?: ErrorEntry[] }> {
    const { url, space, timeoutMs = 30_000, fetch: send = fetch } = this.options;
    const key = await this.key();
    const timeout = AbortSignal.timeout(timeoutMs);
    let text: string;
    let status: number;
    try {
      const response = await send(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(space !== undefined && { 'x-cairn-space': space }),
        },
        body,
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      if (signal?.aborted) throw cause;
      if (timeout.aborted) throw new CairnError('DEADLINE_EXCEEDED', `${url} did not answer within ${timeoutMs} ms.`);
      throw new CairnError('UNAVAILABLE', `${url} cannot be reached.`, { cause });
    }
    try {
      const answer = JSON.parse(text) as { data?: unknown; errors?: ErrorEntry[] };
      if (typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer)) return answer;
    } catch {
      // Told below.
    }
    throw new CairnError('UNAVAILABLE', `${url} answered with status ${status}, and not as GraphQL.`);
  }

  private async key(): Promise<string | undefined> {
    const { key } = this.options;
    return typeof key === 'function' ? key() : key;
  }
}
