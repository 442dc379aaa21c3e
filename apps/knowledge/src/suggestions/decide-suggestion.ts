import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import { checkedId, optionalText } from '../questions/checked-text.js';
import { writeLabels } from '../questions/effective-label.js';
import { createTopic } from '../topics/change-topic.js';
import type { SuggestionRecord } from './suggestion-record.js';
import { decide, type SuggestionDecision } from './suggestion-state.js';

const maxReasonLength = 2_000;

/** Which suggestion, as the person who decides has seen it. */
export interface SeenSuggestion {
  readonly id: string;
  readonly expectedVersion: number;
}

export interface Acceptance extends SeenSuggestion {
  /** Empty: the suggested title. */
  readonly title: string;
  readonly description: string;
  /** Members that do not belong; they stay as they are. */
  readonly excludeQuestionIds: readonly string[];
}

/** Makes a topic of the cluster and labels its questions. Run it inside a transaction, as the others here. */
export async function acceptSuggestion(sql: Sql, caller: Caller, acceptance: Acceptance): Promise<void> {
  const suggestion = await lockPending(sql, caller, acceptance, 'accept');
  const { title, description } = acceptance;
  const topicId = await createTopic(sql, caller, { title: title || suggestion.title, description });
  await labelMembers(sql, caller, suggestion, topicId, acceptance.excludeQuestionIds);
  await markDecided(sql, caller, suggestion, 'accept', topicId);
}

export interface Merge extends SeenSuggestion {
  readonly topicId: string;
  readonly excludeQuestionIds: readonly string[];
}

/** Labels the cluster's questions with a topic that is there. @throws CONFLICT if the topic is archived */
export async function mergeSuggestion(sql: Sql, caller: Caller, merge: Merge): Promise<void> {
  const suggestion = await lockPending(sql, caller, merge, 'merge');
  const topicId = checkedId('topic', merge.topicId);
  const [topic] = await sql.rows<{ state: string; title: string }>(
    'SELECT state, title FROM topic WHERE id = $1 FOR SHARE',
    [topicId],
  );
  if (topic === undefined) throw DomainError.notFound('topic', merge.topicId);
  if (topic.state === 'archived')
    throw DomainError.conflict(`The topic "${topic.title}" is archived; make it active or choose another.`, 'topicId');
  await labelMembers(sql, caller, suggestion, topicId, merge.excludeQuestionIds);
  await markDecided(sql, caller, suggestion, 'merge', topicId);
}

export interface Rejection extends SeenSuggestion {
  readonly reason: string;
}

/** Leaves the questions as they are; a cluster much like this one is not offered again. */
export async function rejectSuggestion(sql: Sql, caller: Caller, rejection: Rejection): Promise<void> {
  const suggestion = await lockPending(sql, caller, rejection, 'reject');
  const reason = optionalText(rejection.reason, 'reason', maxReasonLength);
  await markDecided(sql, caller, suggestion, 'reject', null, reason);
}

async function lockPending(
  sql: Sql,
  caller: Caller,
  { id, expectedVersion }: SeenSuggestion,
  decision: SuggestionDecision,
): Promise<SuggestionRecord> {
  requireRole(caller, 'admin');
  const suggestion = await lockVersion<SuggestionRecord>(sql, 'suggestion', id, expectedVersion);
  decide(suggestion.state, decision);
  return suggestion;
}

/** A person's earlier word on a single question stands: it is more particular than a decision on the whole cluster. */
async function labelMembers(
  sql: Sql,
  caller: Caller,
  suggestion: SuggestionRecord,
  topicId: string,
  exclude: readonly string[],
): Promise<void> {
  const members = await sql.rows<{ id: string; decided: boolean }>(
    `SELECT member.question_id AS id, label.question_id IS NOT NULL AS decided
     FROM clustering_member member
     LEFT JOIN label ON label.question_id = member.question_id AND label.said_by = 'person'
     WHERE member.clustering_id = $1 AND member.cluster_index = $2`,
    [suggestion.clustering_id, suggestion.cluster_index],
  );
  const ids = new Set(members.map(({ id }) => id));
  const excluded = new Set(exclude.map((id) => checkedId('question', id)));
  for (const id of excluded)
    if (!ids.has(id))
      throw DomainError.invalid('excludeQuestionIds', `The question "${id}" is not in this suggestion; leave it out.`);
  if (members.every(({ id }) => excluded.has(id)))
    throw DomainError.invalid('excludeQuestionIds', 'Every question is excluded; reject the suggestion instead.');
  const labelled = members.filter(({ id, decided }) => !decided && !excluded.has(id)).map(({ id }) => id);
  await writeLabels(sql, {
    questionIds: labelled,
    topicIds: labelled.map(() => topicId),
    saidBy: 'person',
    actor: actorOf(caller),
  });
}

async function markDecided(
  sql: Sql,
  caller: Caller,
  suggestion: SuggestionRecord,
  decision: SuggestionDecision,
  topicId: string | null,
  reason = '',
): Promise<void> {
  await sql.rows(
    `UPDATE suggestion SET state = $2, topic_id = $3, decided_by = $4, decided_at = now(), reason = $5,
       version = version + 1 WHERE id = $1`,
    [suggestion.id, decide(suggestion.state, decision), topicId, actorOf(caller), reason],
  );
}
