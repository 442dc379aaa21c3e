import type { CallOptions, KnowledgeClients } from '@cairn/contracts';
import type { Identity } from '../auth/key-verifier.js';
import { createLoaders, type Loaders } from '../loaders/loaders.js';

/** What the resolvers of one operation share. */
export interface GatewayContext {
  readonly requestId: string;
  /** Absent for anonymous callers. */
  readonly identity?: Identity;
  readonly loaders: Loaders;
  /** Options of a call to a service: who calls, under which request id, until when. */
  call(deadlineMs?: number): CallOptions;
  /** From now on the work goes on even if the client leaves: a change is made whole or not at all. */
  finishWithoutClient(): void;
}

/**
 * @param clientLeft aborted when nobody waits for the answer any more: its calls are cancelled
 */
export function createContext(
  knowledge: KnowledgeClients,
  requestId: string,
  identity: Identity | undefined,
  clientLeft: AbortSignal,
): GatewayContext {
  let signal: AbortSignal | undefined = clientLeft;
  const context = { requestId, actor: identity?.name, role: identity?.role };
  const call = (deadlineMs?: number): CallOptions => ({ context, signal, deadlineMs });
  return {
    requestId,
    identity,
    loaders: createLoaders(knowledge, call),
    call,
    finishWithoutClient: () => (signal = undefined),
  };
}
