import { DomainError } from '@cairn/contracts';
import { hasRole, requireRole, type Caller } from '../access/caller.js';
import { isId } from '../questions/checked-text.js';
import type { ContentState } from '../questions/content-state.js';

/** What a search may find. */
export interface SearchScope {
  /** Published questions and answers only, or everything that is not archived. */
  readonly publishedOnly: boolean;
  /** Only questions with this effective topic. */
  readonly topicId?: string;
  /** Only in one of these states; empty or absent: see `publishedOnly`. */
  readonly states?: readonly ContentState[];
  /** Only with every one of these tags. */
  readonly tags?: readonly string[];
  readonly createdFrom?: Date;
  readonly createdBefore?: Date;
  /** Only in this language, an ISO 639-1 code. */
  readonly language?: string;
}

/** What a caller asks to find, as it came. */
export interface SearchFilter {
  readonly topicId: string;
  readonly states: readonly ContentState[];
  readonly tags: readonly string[];
  readonly createdFromMs: number;
  readonly createdBeforeMs: number;
  readonly language: string;
}

export const noFilter: SearchFilter = {
  ...{ topicId: '', language: '', createdFromMs: 0, createdBeforeMs: 0 },
  ...{ states: [], tags: [] },
};

const maxTags = 20;

/**
 * @returns undefined if nothing can match: the topic's id is none
 * @throws INVALID_INPUT naming `tags`, `language` or `createdBefore`; UNAUTHENTICATED for states without a role
 */
export function scopeOf(caller: Caller, filter: SearchFilter): SearchScope | undefined {
  const { topicId, states, tags, createdFromMs, createdBeforeMs, language } = filter;
  if (states.some((state) => state !== 'published')) requireRole(caller, 'reader');
  if (tags.length > maxTags)
    throw DomainError.invalid('tags', `At most ${maxTags} tags can be asked for; there are ${tags.length}.`);
  if (tags.some((tag) => tag.length > 100 || tag.includes('\0')))
    throw DomainError.invalid('tags', 'A tag has at most 100 characters and no NUL.');
  if (language !== '' && !/^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(language))
    throw DomainError.invalid('language', `A language is a code like "en" or "pt-BR"; got "${language.slice(0, 40)}".`);
  if (createdFromMs > 0 && createdBeforeMs > 0 && createdFromMs >= createdBeforeMs)
    throw DomainError.invalid('createdBefore', 'It must be later than the time from which on questions are found.');
  if (topicId !== '' && !isId(topicId)) return undefined;
  return {
    publishedOnly: !hasRole(caller, 'reader'),
    topicId: topicId || undefined,
    ...{ states, tags },
    createdFrom: createdFromMs > 0 ? new Date(createdFromMs) : undefined,
    createdBefore: createdBeforeMs > 0 ? new Date(createdBeforeMs) : undefined,
    language: language || undefined,
  };
}

/** Condition on a row of `question` or `answer`. */
export function seen(table: 'question' | 'answer', { publishedOnly }: SearchScope): string {
  return publishedOnly ? `${table}.state = 'published'` : `${table}.state <> 'archived'`;
}

/**
 * Conditions on a row of `question` beside `seen`.
 * @param parameter takes a value and gives its place, `$n`
 */
export function asked(scope: SearchScope, parameter: (value: unknown) => string): string[] {
  const { topicId, states = [], tags = [], createdFrom, createdBefore, language } = scope;
  return [
    ...(topicId === undefined ? [] : [`question.topic_id = ${parameter(topicId)}`]),
    ...(states.length === 0 ? [] : [`question.state = ANY (${parameter(states)}::text[])`]),
    ...(tags.length === 0 ? [] : [`question.tags @> ${parameter(tags)}::text[]`]),
    ...(createdFrom === undefined ? [] : [`question.created_at >= ${parameter(createdFrom)}`]),
    ...(createdBefore === undefined ? [] : [`question.created_at < ${parameter(createdBefore)}`]),
    ...(language === undefined ? [] : [`question.language = ${parameter(language)}`]),
  ];
}

/** Both, as one condition. */
export function found(scope: SearchScope, parameter: (value: unknown) => string): string {
  return [seen('question', scope), ...asked(scope, parameter)].join(' AND ');
}
