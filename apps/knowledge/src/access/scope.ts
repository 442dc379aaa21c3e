import { AsyncLocalStorage } from 'node:async_hooks';

/** The space of an installation that has made no other: what was there before there were spaces is in it. */
export const defaultSpace = '00000000-0000-4000-8000-000000000001';

/** On whose behalf statements run. The database reads it: row-level security and the audit log follow from it. */
export interface Scope {
  /** Id of the one space whose rows are there; null: those of every space. */
  readonly space: string | null;
  /** Who is written into the audit log. */
  readonly actor: string;
  readonly requestId: string;
  /** What is being done, "updateQuestion"; written into the audit log. */
  readonly operation: string;
  /** A statement that takes longer is cancelled, and sooner if less is left of the call; 0: never. */
  readonly statementTimeoutMs: number;
}

const ownWork: Scope = {
  space: defaultSpace,
  actor: 'cairn',
  requestId: '',
  operation: '',
  statementTimeoutMs: 0,
};

const scopes = new AsyncLocalStorage<Scope>();

/** The scope of what runs now: the default space where nobody has said otherwise. */
export function currentScope(): Scope {
  return scopes.getStore() ?? ownWork;
}

/** Runs `work` in a scope; what it starts and waits for is in it too. */
export function inScope<T>(scope: Partial<Scope>, work: () => T): T {
  return scopes.run({ ...currentScope(), ...scope }, work);
}

/**
 * Runs `work` on the rows of every space, past row-level security: only for what belongs to the installation (keys,
 * spaces, the queue of jobs, indexes). What it creates must name its space.
 */
export function acrossSpaces<T>(work: () => T): T {
  return inScope({ space: null }, work);
}
