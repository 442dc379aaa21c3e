import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import { sqlStateOf, type Sql } from '../persistence/database.js';
import { checkedId } from '../questions/checked-text.js';
import { removeLabels } from '../questions/effective-label.js';
import type { DecisionRecord } from './decision-record.js';
import { refreshFigures } from './edit-members.js';
import { suggestionDecisions } from './suggestion-state.js';

/** One decision by its id, or the last one on a suggestion that holds. */
export interface Undo {
  readonly id: string;
  readonly suggestionId: string;
}

/**
 * Takes a decision back: its labels go, so that what an import or a model said holds again; a topic it made is removed;
 * the suggestions are as they were. Undoing twice changes nothing more. Run it inside a transaction.
 * @returns the decision's id
 * @throws CONFLICT if a later decision, label or change of the topic builds on it; NOT_FOUND
 */
export async function undoDecision(sql: Sql, caller: Caller, undo: Undo): Promise<string> {
  requireRole(caller, 'admin');
  const decision = await lockDecision(sql, undo);
  if (decision.undone_at !== null) return decision.id;
  const touched = [decision.suggestion_id, ...decision.other_ids];
  await sql.rows('SELECT 1 FROM suggestion WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE', [touched]);
  await refuseAfterLater(sql, decision, touched);
  if (decision.kind === 'accept' || (decision.kind === 'merge' && decision.topic_id !== null))
    await takeLabelsBack(sql, decision);
  if (decision.kind === 'merge' && decision.topic_id === null) await takeMembersBack(sql, decision);
  if (decision.kind === 'split') await dissolveParts(sql, decision);
  if (decision.kind === 'rename') await restoreTitle(sql, decision);
  else await restoreSuggestion(sql, decision);
  if (decision.made_topic) await removeTopic(sql, decision);
  await sql.rows('UPDATE suggestion_decision SET undone_by = $2, undone_at = now() WHERE id = $1', [
    decision.id,
    actorOf(caller),
  ]);
  return decision.id;
}

async function lockDecision(sql: Sql, { id, suggestionId }: Undo): Promise<DecisionRecord> {
  if ((id === '') === (suggestionId === ''))
    throw DomainError.invalid('id', 'Say what to undo: a decision, or the last one on a suggestion.');
  const [decision] =
    id === ''
      ? await sql.rows<DecisionRecord>(
          `SELECT * FROM suggestion_decision WHERE suggestion_id = $1
           ORDER BY (undone_at IS NULL) DESC, seq DESC LIMIT 1 FOR UPDATE`,
          [checkedId('suggestion', suggestionId)],
        )
      : await sql.rows<DecisionRecord>('SELECT * FROM suggestion_decision WHERE id = $1 FOR UPDATE', [
          checkedId('decision', id),
        ]);
  if (decision !== undefined) return decision;
  if (id !== '') throw DomainError.notFound('decision', id);
  throw DomainError.conflict('Nothing was decided on this suggestion yet.', 'suggestionId');
}

/** Later decisions on the same suggestions, and a state that the decision did not leave, stand in the way. */
async function refuseAfterLater(sql: Sql, decision: DecisionRecord, touched: readonly string[]): Promise<void> {
  const [later] = await sql.rows<DecisionRecord>(
    `SELECT * FROM suggestion_decision WHERE seq > $1 AND undone_at IS NULL
       AND (suggestion_id = ANY ($2::uuid[]) OR other_ids && $2::uuid[]) ORDER BY seq DESC LIMIT 1`,
    [decision.seq, touched],
  );
  if (later !== undefined)
    throw DomainError.conflict(
      `A later decision builds on this one: "${later.kind}" of "${later.title_before}" by ${later.decided_by}. Undo decision ${later.id} first.`,
      'id',
    );
  if (decision.kind === 'rename') return;
  const [{ state }] = await sql.rows<{ state: string }>('SELECT state FROM suggestion WHERE id = $1', [
    decision.suggestion_id,
  ]);
  if (state !== suggestionDecisions[decision.kind])
    throw DomainError.conflict(`The suggestion is ${state} now; there is nothing of this decision to undo.`, 'id');
}

async function takeLabelsBack(sql: Sql, decision: DecisionRecord): Promise<void> {
  const rows = await sql.rows<{ question_id: string; same: boolean | null }>(
    `SELECT given.question_id, label.topic_id = $2 AND label.actor = $3 AS same
     FROM suggestion_decision_label given
     LEFT JOIN label ON label.question_id = given.question_id AND label.said_by = 'person'
     WHERE given.decision_id = $1`,
    [decision.id, decision.topic_id, decision.decided_by],
  );
  // A label that somebody took away since is as it was before; one that says something else is a later word.
  const changed = rows.filter(({ same }) => same === false);
  if (changed.length > 0)
    throw DomainError.conflict(
      `${changed.length} of its questions have been labelled anew since, the first is ${changed[0].question_id}: that would be lost. Set them back first, or leave the decision.`,
      'id',
    );
  await removeLabels(
    sql,
    rows.filter(({ same }) => same === true).map(({ question_id: id }) => id),
    'person',
  );
}

/** The topic must be as it was made: nothing else may have come to stand on it. */
async function removeTopic(sql: Sql, decision: DecisionRecord): Promise<void> {
  const [topic] = await sql.rows<{ title: string; version: number; uses: number }>(
    `SELECT title, version, (SELECT count(*) FROM label WHERE label.topic_id = topic.id) AS uses
     FROM topic WHERE id = $1 FOR UPDATE`,
    [decision.topic_id],
  );
  if (topic === undefined) return;
  const because =
    topic.uses > 0
      ? `${topic.uses} other labels use it`
      : topic.version !== 1 || topic.title !== decision.title_after
        ? 'it was changed since'
        : undefined;
  if (because !== undefined)
    throw DomainError.conflict(
      `The topic "${topic.title}" cannot be removed: ${because}. Merge or archive it instead.`,
      'id',
    );
  try {
    await sql.rows('DELETE FROM topic WHERE id = $1', [decision.topic_id]);
  } catch (error) {
    if (sqlStateOf(error) !== '23503') throw error;
    throw DomainError.conflict(
      `The topic "${topic.title}" cannot be removed: it has been learned or used since. Archive it instead.`,
      'id',
    );
  }
}

async function takeMembersBack(sql: Sql, decision: DecisionRecord): Promise<void> {
  await sql.rows('DELETE FROM suggestion_member WHERE suggestion_id = ANY ($1::uuid[]) AND decision_id = $2', [
    decision.other_ids,
    decision.id,
  ]);
  const [{ id, edited }] = await sql.rows<{ id: string; edited: boolean }>(
    `UPDATE suggestion SET version = suggestion.version + 1, keywords = was.keywords, edited = was.edited,
       size = was.size, cohesion = was.cohesion, separation = was.separation, silhouette = was.silhouette,
       exemplar_ids = was.exemplar_ids, radius = was.radius
     FROM jsonb_populate_recordset(NULL::suggestion, $2::jsonb) AS was
     WHERE suggestion.id = was.id AND suggestion.id = ANY ($1::uuid[]) RETURNING suggestion.id, suggestion.edited`,
    [decision.other_ids, JSON.stringify(decision.before)],
  );
  // The centroid is not written down: it follows from the questions, or is that of the cluster.
  if (edited) await refreshFigures(sql, id);
  else
    await sql.rows(
      `UPDATE suggestion SET vector = cluster.vector FROM cluster WHERE suggestion.id = $1
         AND cluster.clustering_id = suggestion.clustering_id AND cluster.cluster_index = suggestion.cluster_index`,
      [id],
    );
}

/** Parts end; questions that were assigned to them since go to the whole. */
async function dissolveParts(sql: Sql, decision: DecisionRecord): Promise<void> {
  await sql.rows(
    `INSERT INTO suggestion_member (suggestion_id, question_id, distance, late)
     SELECT $1, question_id, distance, true FROM suggestion_member
     WHERE suggestion_id = ANY ($2::uuid[]) AND late ON CONFLICT DO NOTHING`,
    [decision.suggestion_id, decision.other_ids],
  );
  await sql.rows(`UPDATE suggestion SET state = 'superseded', version = version + 1 WHERE id = ANY ($1::uuid[])`, [
    decision.other_ids,
  ]);
}

async function restoreTitle(sql: Sql, decision: DecisionRecord): Promise<void> {
  const changed = await sql.rows(
    `UPDATE suggestion SET title = was.title, renamed = was.renamed, version = suggestion.version + 1
     FROM jsonb_populate_recordset(NULL::suggestion, $2::jsonb) AS was
     WHERE suggestion.id = was.id AND suggestion.id = $1 RETURNING suggestion.id`,
    [decision.suggestion_id, JSON.stringify(decision.before)],
  );
  if (changed.length === 0) throw DomainError.notFound('suggestion', decision.suggestion_id);
}

/**
 * The suggestion waits again. Where a later run over the same questions has found it, it has that run's figures and
 * questions, as it would have had if nobody had decided.
 */
async function restoreSuggestion(sql: Sql, decision: DecisionRecord): Promise<void> {
  await sql.rows(
    `UPDATE suggestion SET state = was.state, topic_id = was.topic_id, merged_into_id = was.merged_into_id,
       decided_by = was.decided_by, decided_at = was.decided_at, reason = was.reason, version = suggestion.version + 1
     FROM jsonb_populate_recordset(NULL::suggestion, $2::jsonb) AS was
     WHERE suggestion.id = was.id AND suggestion.id = $1`,
    [decision.suggestion_id, JSON.stringify(decision.before)],
  );
  await sql.rows(
    `UPDATE suggestion SET clustering_id = newest.clustering_id, cluster_index = newest.cluster_index,
       (keywords, exemplar_ids, size, cohesion, separation, silhouette, nearest_topics, vector, radius) =
         (newest.keywords, newest.exemplar_ids, newest.size, newest.cohesion, newest.separation, newest.silhouette,
          newest.nearest_topics, newest.vector, newest.radius)
     FROM (
       SELECT cluster.*, theirs.seq FROM suggestion s
       JOIN clustering own ON own.id = s.clustering_id
       JOIN cluster ON cluster.suggestion_id = s.id
       JOIN clustering theirs ON theirs.id = cluster.clustering_id
       WHERE s.id = $1 AND NOT s.edited AND theirs.filter_key = own.filter_key AND theirs.seq > own.seq
       ORDER BY theirs.seq DESC, cluster.size DESC LIMIT 1
     ) AS newest
     WHERE suggestion.id = $1`,
    [decision.suggestion_id],
  );
}
