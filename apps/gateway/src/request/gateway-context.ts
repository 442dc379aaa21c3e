import type { CallOptions, KnowledgeClients } from '@cairn/contracts';
import type { Identity } from '../auth/identity.js';
import { createLoaders, type Loaders } from '../loaders/loaders.js';
import type { QuestionReads } from '../loaders/shared-reads.js';

/** What the resolvers of one operation share. */
export interface GatewayContext {
  readonly requestId: string;
  /** Absent for anonymous callers. */
  readonly identity?: Identity;
  readonly loaders: Loaders;
  /** Reads of questions; those of callers without a key may be shared with others. */
  readonly reads: QuestionReads;
  /**
   * Options of a call to a service: who calls, under which request id, until when.
   * @param wholeMs time that the request may take from its start, for what takes longer than others
   */
  call(wholeMs?: number): CallOptions;
  /**
   * Counts an operation against what the caller may spend.
   * @throws OVERLOADED with the time to come back
   */
  spend(cost: number): void;
  /** From now on the work goes on even if the client leaves: a change is made whole or not at all. */
  finishWithoutClient(): void;
}

/** How long somebody waits for the answers of an operation. */
export interface Patience {
  /** Aborted when nobody waits any more: its calls are cancelled. */
  readonly clientLeft: AbortSignal;
  /** Time that a request may take, in milliseconds. */
  readonly requestMs: number;
  /** When the request came (performance.now()), so that its calls get what is left; absent: each has the whole time. */
  readonly since?: number;
}

/** @param space id of the space that is meant; undefined: the default one */
export function createContext(
  knowledge: KnowledgeClients,
  reads: QuestionReads,
  requestId: string,
  identity: Identity | undefined,
  space: string | undefined,
  { clientLeft, requestMs, since }: Patience,
  spend: (cost: number) => void,
): GatewayContext {
  let signal: AbortSignal | undefined = clientLeft;
  const { name: actor, role, everySpace } = identity ?? {};
  const context = { requestId, actor, role, space, everySpace: everySpace || undefined };
  let whole = requestMs;
  const call = (wholeMs = 0): CallOptions => {
    // What is read after a long change has its time too.
    whole = Math.max(whole, wholeMs);
    const gone = since === undefined ? 0 : performance.now() - since;
    return { context, signal, deadlineMs: Math.max(0, whole - gone) };
  };
  return {
    requestId,
    identity,
    loaders: createLoaders(knowledge, reads, call),
    reads,
    call,
    spend,
    finishWithoutClient: () => (signal = undefined),
  };
}
