import { DomainError } from '@cairn/contracts';

/**
 * The life of content. `incoming` is a question somebody asked, seen by the team only; answers are never incoming.
 * `review` is a draft that waits for somebody else to look at it.
 */
export type ContentState = 'incoming' | 'draft' | 'review' | 'published' | 'archived';

/**
 * From each state, where content may go. Nothing goes back to incoming, and what is archived is looked at as a draft
 * before it can be published again. Publishing a question leaves its answers alone, and they it.
 */
export const transitions: Readonly<Record<ContentState, readonly ContentState[]>> = {
  incoming: ['draft', 'review', 'published', 'archived'],
  draft: ['review', 'published', 'archived'],
  review: ['draft', 'published', 'archived'],
  published: ['draft', 'archived'],
  archived: ['draft'],
};

/** @throws CONFLICT if content cannot go from one state to the other; a state may be set again without effect */
export function checkTransition(what: 'question' | 'answer', from: ContentState, to: ContentState): void {
  if (from === to || transitions[from].includes(to)) return;
  throw DomainError.conflict(
    `This ${what} is ${from}; it can become ${transitions[from].join(' or ')}, not ${to}.`,
    'state',
  );
}
