import type { CallOptions, KnowledgeClients } from '@cairn/contracts';
import type { Identity } from '../auth/identity.js';
import { createLoaders, type Loaders } from '../loaders/loaders.js';

/** What the resolvers of one operation share. */
export interface GatewayContext {
  readonly requestId: string;
  /** Absent for anonymous callers. */
  readonly identity?: Identity;
  readonly loaders: Loaders;
  /** Options of a call to a service: who calls, under which request id, until when. */
  call(deadlineMs?: number): CallOptions;
  /**
   * Counts an operation against what the caller may spend.
   * @throws OVERLOADED with the time to come back
   */
  spend(cost: number): void;
  /** From now on the work goes on even if the client leaves: a change is made whole or not at all. */
  finishWithoutClient(): void;
}

/**
 * @param space id of the space that is meant; undefined: the default one
 * @param clientLeft aborted when nobody waits for the answer any more: its calls are cancelled
 */
export function createContext(
  knowledge: KnowledgeClients,
  requestId: string,
  identity: Identity | undefined,
  space: string | undefined,
  clientLeft: AbortSignal,
  spend: (cost: number) => void,
): GatewayContext {
  let signal: AbortSignal | undefined = clientLeft;
  const { name: actor, role, everySpace } = identity ?? {};
  const context = { requestId, actor, role, space, everySpace: everySpace || undefined };
  const call = (deadlineMs?: number): CallOptions => ({ context, signal, deadlineMs });
  return {
    requestId,
    identity,
    loaders: createLoaders(knowledge, call),
    call,
    spend,
    finishWithoutClient: () => (signal = undefined),
  };
}
