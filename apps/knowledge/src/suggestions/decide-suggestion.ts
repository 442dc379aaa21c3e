import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { once } from '../persistence/idempotent-result.js';
import { lockVersion } from '../persistence/lock-version.js';
import { checkedId, checkedText, optionalText } from '../questions/checked-text.js';
import { writeLabels } from '../questions/effective-label.js';
import { createTopic } from '../topics/change-topic.js';
import { lockParent } from '../topics/topic-tree.js';
import { joinMembers } from './edit-members.js';
import { suggestionQuestions } from './read-suggestions.js';
import { recordDecision, rememberSuggestions } from './record-decision.js';
import type { SuggestionRecord } from './suggestion-record.js';
import { decide, type SuggestionDecision } from './suggestion-state.js';

const maxReasonLength = 2_000;
const maxTitleLength = 200;

/** Which suggestion, as the person who decides has seen it. */
export interface SeenSuggestion {
  readonly id: string;
  readonly expectedVersion: number;
  /** The same call again with the same key changes nothing more. */
  readonly idempotencyKey?: string;
}

export interface Acceptance extends SeenSuggestion {
  /** Empty: the suggested title. */
  readonly title: string;
  readonly description: string;
  /** Members that do not belong; they stay as they are. */
  readonly excludeQuestionIds: readonly string[];
  /** Topic above the new one; empty: none. */
  readonly parentTopicId?: string;
}

/** Makes a topic of the cluster and labels its questions. Run it inside a transaction, as the others here. */
export async function acceptSuggestion(sql: Sql, caller: Caller, acceptance: Acceptance): Promise<void> {
  await decideOnce(sql, caller, acceptance, 'accept', async (suggestion, decisionId) => {
    const before = await rememberSuggestions(sql, [suggestion.id]);
    const title = acceptance.title || suggestion.title;
    const { description, parentTopicId } = acceptance;
    // Looked at here as well, so that what is wrong with it is told of the field that it came in.
    if (parentTopicId) await lockParent(sql, parentTopicId, 'parentTopicId');
    const topicId = await createTopic(sql, caller, { title, description, parentId: parentTopicId || undefined });
    const labelledIds = await labelMembers(sql, caller, suggestion, topicId, acceptance.excludeQuestionIds);
    const outcome = { kind: 'accept' as const, topicId, madeTopic: true, labelledIds, titleAfter: title };
    await recordDecision(sql, caller, decisionId, suggestion, outcome, before);
  });
}

export interface Merge extends SeenSuggestion {
  readonly topicId: string;
  readonly excludeQuestionIds: readonly string[];
  /** Instead of a topic: another pending suggestion. */
  readonly suggestionId?: string;
}

/**
 * Labels the cluster's questions with a topic that is there, or gives them to another suggestion.
 * @throws CONFLICT if the topic is archived or the other suggestion is decided
 */
export async function mergeSuggestion(sql: Sql, caller: Caller, merge: Merge): Promise<void> {
  if ((merge.topicId === '') === !merge.suggestionId)
    throw DomainError.invalid('topicId', 'Say where the questions go: into a topic or into another suggestion.');
  await decideOnce(sql, caller, merge, 'merge', (suggestion, decisionId) =>
    merge.suggestionId
      ? mergeIntoSuggestion(sql, caller, suggestion, decisionId, merge.suggestionId, merge.excludeQuestionIds)
      : mergeIntoTopic(sql, caller, suggestion, decisionId, merge),
  );
}

async function mergeIntoTopic(
  sql: Sql,
  caller: Caller,
  suggestion: SuggestionRecord,
  decisionId: string,
  merge: Merge,
): Promise<void> {
  const topicId = checkedId('topic', merge.topicId);
  const [topic] = await sql.rows<{ state: string; title: string }>(
    'SELECT state, title FROM topic WHERE id = $1 FOR SHARE',
    [topicId],
  );
  if (topic === undefined) throw DomainError.notFound('topic', merge.topicId);
  if (topic.state === 'archived')
    throw DomainError.conflict(`The topic "${topic.title}" is archived; make it active or choose another.`, 'topicId');
  const before = await rememberSuggestions(sql, [suggestion.id]);
  const labelledIds = await labelMembers(sql, caller, suggestion, topicId, merge.excludeQuestionIds);
  await recordDecision(sql, caller, decisionId, suggestion, { kind: 'merge', topicId, labelledIds }, before);
}

async function mergeIntoSuggestion(
  sql: Sql,
  caller: Caller,
  suggestion: SuggestionRecord,
  decisionId: string,
  targetId: string,
  exclude: readonly string[],
): Promise<void> {
  const [target] = await sql.rows<SuggestionRecord>('SELECT * FROM suggestion WHERE id = $1 FOR UPDATE', [
    checkedId('suggestion', targetId),
  ]);
  if (target === undefined) throw DomainError.notFound('suggestion', targetId);
  if (target.id === suggestion.id)
    throw DomainError.invalid('suggestionId', 'A suggestion cannot be merged into itself; choose another.');
  if (target.state !== 'pending')
    throw DomainError.conflict(
      `The suggestion "${target.title}" is ${target.state}; merge into a pending one${target.topic_id ? ', or into its topic' : ''}.`,
      'suggestionId',
    );
  const before = await rememberSuggestions(sql, [suggestion.id, target.id]);
  await joinMembers(sql, suggestion, target, await keptMembers(sql, suggestion, exclude), decisionId);
  await recordDecision(sql, caller, decisionId, suggestion, { kind: 'merge', otherIds: [target.id] }, before);
}

export interface Rejection extends SeenSuggestion {
  readonly reason: string;
}

/** Leaves the questions as they are; a cluster much like this one is not offered again. */
export async function rejectSuggestion(sql: Sql, caller: Caller, rejection: Rejection): Promise<void> {
  await decideOnce(sql, caller, rejection, 'reject', async (suggestion, decisionId) => {
    const reason = optionalText(rejection.reason, 'reason', maxReasonLength);
    const before = await rememberSuggestions(sql, [suggestion.id]);
    await recordDecision(sql, caller, decisionId, suggestion, { kind: 'reject', reason }, before);
  });
}

/** Gives a pending suggestion a title that new runs leave. */
export async function renameSuggestion(
  sql: Sql,
  caller: Caller,
  renaming: SeenSuggestion & { readonly title: string },
): Promise<void> {
  await decideOnce(sql, caller, renaming, 'rename', async (suggestion, decisionId) => {
    const titleAfter = checkedText(renaming.title, 'title', maxTitleLength);
    const before = await rememberSuggestions(sql, [suggestion.id]);
    await recordDecision(sql, caller, decisionId, suggestion, { kind: 'rename', titleAfter }, before);
  });
}

/**
 * Locks a pending suggestion and decides on it, once per idempotency key.
 * @throws NOT_FOUND, CONFLICT if it is not pending or has changed
 */
export async function decideOnce(
  sql: Sql,
  caller: Caller,
  { id, expectedVersion, idempotencyKey = '' }: SeenSuggestion,
  decision: SuggestionDecision,
  effect: (suggestion: SuggestionRecord, decisionId: string) => Promise<void>,
): Promise<string> {
  requireRole(caller, 'admin');
  const call = { actor: actorOf(caller), operation: `${decision}Suggestion`, key: idempotencyKey };
  return once(sql, call, async (decisionId) => {
    const suggestion = await lockVersion<SuggestionRecord>(sql, 'suggestion', id, expectedVersion);
    decide(suggestion.state, decision);
    await effect(suggestion, decisionId);
  });
}

/** Members without those excluded. @throws INVALID_INPUT if an excluded one is no member, or none is left */
async function keptMembers(sql: Sql, { id }: SuggestionRecord, exclude: readonly string[]): Promise<string[]> {
  const members = await sql.rows<{ id: string }>(
    `SELECT question_id AS id FROM ${suggestionQuestions} WHERE suggestion_id = $1`,
    [id],
  );
  const ids = new Set(members.map((member) => member.id));
  const excluded = new Set(exclude.map((question) => checkedId('question', question)));
  for (const question of excluded)
    if (!ids.has(question))
      throw DomainError.invalid(
        'excludeQuestionIds',
        `The question "${question}" is not in this suggestion; leave it out.`,
      );
  if (members.length === 0) throw DomainError.conflict('Its questions are gone; run the clustering again.', 'id');
  const kept = [...ids].filter((question) => !excluded.has(question));
  if (kept.length === 0)
    throw DomainError.invalid('excludeQuestionIds', 'Every question is excluded; reject the suggestion instead.');
  return kept;
}

/**
 * A person's earlier word on a single question stands: it is more particular than a decision on the whole cluster.
 * @returns the questions that got a label
 */
async function labelMembers(
  sql: Sql,
  caller: Caller,
  suggestion: SuggestionRecord,
  topicId: string,
  exclude: readonly string[],
): Promise<string[]> {
  const kept = await keptMembers(sql, suggestion, exclude);
  const decided = await sql.rows<{ id: string }>(
    `SELECT question_id AS id FROM label WHERE question_id = ANY ($1::uuid[]) AND said_by = 'person'`,
    [kept],
  );
  const said = new Set(decided.map(({ id }) => id));
  const labelled = kept.filter((id) => !said.has(id));
  await writeLabels(sql, {
    questionIds: labelled,
    topicIds: labelled.map(() => topicId),
    saidBy: 'person',
    actor: actorOf(caller),
  });
  return labelled;
}
