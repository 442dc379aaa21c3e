import { hasRole, type Caller } from '../access/caller.js';

/** What a search may find. */
export interface SearchScope {
  /** Published questions and answers only, or everything that is not archived. */
  readonly publishedOnly: boolean;
  /** Only questions with this effective topic. */
  readonly topicId?: string;
}

export function scopeOf(caller: Caller, topicId: string): SearchScope {
  return { publishedOnly: !hasRole(caller, 'reader'), topicId: topicId || undefined };
}

/** Condition on a row of `question` or `answer`. */
export function seen(table: 'question' | 'answer', { publishedOnly }: SearchScope): string {
  return publishedOnly ? `${table}.state = 'published'` : `${table}.state <> 'archived'`;
}

/** Condition on the topic of a row of `question`. */
export function inTopic({ topicId }: SearchScope, parameter: (value: unknown) => string): string {
  return topicId === undefined ? 'true' : `question.topic_id = ${parameter(topicId)}`;
}
