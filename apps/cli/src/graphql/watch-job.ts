import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient } from './graphql-client.js';
import { findJob, hasEnded, type Job } from './jobs.js';
import { jobProgress } from './operations.js';

const pollIntervalMs = 500;
/** Time after which a silent subscription is asked about over HTTP: a push may be lost, an end may not. */
const silenceMs = 3_000;

/**
 * Follows a job until it has ended: pushed over WebSocket, and by polling where nothing is pushed.
 * @param onChange told every state of the job that was seen
 * @param signal stops watching; the job goes on
 * @returns the job as it ended, or undefined if `signal` came first
 */
export async function watchJob(
  client: GraphqlClient,
  id: string,
  onChange: (job: Job) => void,
  signal: AbortSignal,
): Promise<Job | undefined> {
  let lastHeard = 0;
  let ended: Job | undefined;
  let wake = () => {};
  const take = (job: Job) => {
    lastHeard = Date.now();
    onChange(job);
    if (hasEnded(job)) {
      ended = job;
      wake();
    }
  };
  const unsubscribe = subscribe(client, id, take);
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    // The first look says at once whether there is such a job.
    take((await findJob(client, id)) ?? noSuchJob(id));
    while (ended === undefined && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollIntervalMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      const pushed = unsubscribe.connected() && Date.now() - lastHeard < silenceMs;
      if (ended === undefined && !signal.aborted && !pushed) take((await findJob(client, id)) ?? noSuchJob(id));
    }
    return ended;
  } finally {
    unsubscribe.stop();
  }
}

function noSuchJob(id: string): never {
  throw CommandFailure.failed(`There is no job "${id}". See cairn jobs.`);
}

/** Subscribes without insisting: where it fails, polling goes on. */
function subscribe(client: GraphqlClient, id: string, onJob: (job: Job) => void) {
  let connected = false;
  const socket = createClient({
    url: client.url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: {
      ...(client.key !== undefined && { authorization: `Bearer ${client.key}` }),
      ...(client.space !== undefined && { space: client.space }),
    },
    lazy: true,
    retryAttempts: 0,
    onNonLazyError: () => {},
    on: { connected: () => (connected = true), closed: () => (connected = false) },
  });
  const unsubscribe = socket.subscribe<{ jobProgress: Job }>(
    { query: jobProgress, variables: { id } },
    {
      next: ({ data }) => {
        if (data?.jobProgress) onJob(data.jobProgress);
      },
      error: () => (connected = false),
      complete: () => (connected = false),
    },
  );
  return {
    connected: () => connected,
    stop: () => {
      unsubscribe();
      void socket.dispose();
    },
  };
}
