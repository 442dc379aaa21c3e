import { createClient } from 'graphql-ws';
import type { Operation } from './build-operation.js';
import { CairnError, type ErrorEntry } from './cairn-error.js';

export interface SubscriptionSettings {
  readonly url: string;
  readonly space?: string;
  readonly key: () => Promise<string | undefined>;
  readonly webSocket?: unknown;
  readonly signal?: AbortSignal;
}

/** Times a lost connection is opened again, waiting longer each time, up to half a minute. */
const reconnects = 10;
const longestWaitMs = 30_000;

/** Data of a subscription, over graphql-transport-ws. Ends with the stream, with `signal`, or by breaking the loop. */
export async function* subscribe(operation: Operation, settings: SubscriptionSettings): AsyncGenerator<unknown> {
  const { url, space, key, webSocket, signal } = settings;
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: webSocket,
    lazy: true,
    retryAttempts: reconnects,
    shouldRetry: () => signal?.aborted !== true,
    retryWait: (retries) =>
      new Promise((resolve) =>
        setTimeout(resolve, Math.min(longestWaitMs, 200 * 2 ** retries * (0.5 + Math.random()))),
      ),
    connectionParams: async () => {
      const presented = await key();
      return { ...(presented !== undefined && { authorization: `Bearer ${presented}` }), ...(space && { space }) };
    },
  });
  const stream = client.iterate<Record<string, unknown>>({ ...operation });
  const stop = () => void stream.return?.();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const { data, errors } of stream) {
      if (errors !== undefined && errors.length > 0) throw CairnError.of(errors as unknown as ErrorEntry[], data);
      yield data;
    }
  } catch (thrown) {
    throw asCairnError(thrown);
  } finally {
    signal?.removeEventListener('abort', stop);
    await client.dispose();
  }
}

function asCairnError(thrown: unknown): unknown {
  if (thrown instanceof CairnError) return thrown;
  if (Array.isArray(thrown)) return CairnError.of(thrown as ErrorEntry[]);
  const { code, reason } = thrown as { code?: number; reason?: string };
  if (code === 4403) return new CairnError(reason || 'FORBIDDEN', 'The key was refused.');
  return new CairnError('UNAVAILABLE', 'The connection was lost.', { cause: thrown });
}
