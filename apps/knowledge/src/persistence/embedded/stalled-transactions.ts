import type { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type { WholeConversations } from './whole-conversations.js';

/** What of the socket server has no public way in: whose turn it is, and its connections. */
interface Connections {
  readonly queryQueue: { readonly lastHandlerId: number | null };
  readonly handlers: Set<{ readonly handlerId: number; detach(close: boolean): Promise<unknown> }>;
}

const lookEveryMs = 1000;

/**
 * Ends connections that have a transaction open and say nothing: all share one session, so that a process that is stopped
 * in the middle of a transaction would keep everybody else waiting for ever. What PostgreSQL calls
 * idle_in_transaction_session_timeout, for which PGlite has no timer. The transaction is rolled back.
 * @returns what stops looking
 */
export function endStalledTransactions(
  server: PGLiteSocketServer,
  conversations: WholeConversations,
  longestMs: number,
): () => void {
  const { queryQueue, handlers } = server as unknown as Connections;
  const timer = setInterval(() => {
    if (conversations.silentMs() <= longestMs) return;
    for (const handler of handlers) {
      if (handler.handlerId !== queryQueue.lastHandlerId) continue;
      handlers.delete(handler);
      void handler.detach(true);
    }
  }, lookEveryMs);
  return () => clearInterval(timer);
}
