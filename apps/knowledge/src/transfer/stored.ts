import type { DomainError } from '@cairn/contracts';
import type { Planned } from './plan-content.js';

/** What became of a record. */
export type Stored = 'created' | 'updated' | 'unchanged' | DomainError;

const outcomes = { create: 'created', update: 'updated', nothing: 'unchanged' } as const;

/** What becomes of a record that is planned. */
export const of = <R>(planned: Planned<R>): Stored =>
  planned.todo === 'refuse' ? planned.why : outcomes[planned.todo];
