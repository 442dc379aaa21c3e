import { randomUUID } from 'node:crypto';
import { DomainError, unpackFloat32, type ClusteringClient } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import { findEncoder, type EncoderRecord } from '../embedding/encoder-in-use.js';
import type { Database, Sql } from '../persistence/database.js';
import { checkedId } from '../questions/checked-text.js';
import { clusterVectors } from './cluster-vectors.js';
import { decideOnce, type SeenSuggestion } from './decide-suggestion.js';
import { addMembers, refreshFigures } from './edit-members.js';
import { nameClusters, type ClusterName } from './name-cluster.js';
import { countTopicTerms } from './name-clusters-of-run.js';
import { nearestTopics, readTopicCentroids, type NearTopic } from './near-topics.js';
import { QuestionIds } from './question-ids.js';
import { suggestionQuestions } from './read-suggestions.js';
import { recordDecision, rememberSuggestions } from './record-decision.js';
import { readVectorsInOrder } from './select-questions.js';
import type { SuggestionRecord } from './suggestion-record.js';
import { TermCounts } from './terms.js';

const maxParts = 50;
const pageSize = 2_000;

export interface Split extends SeenSuggestion {
  /** Number of parts, 2 to 50. */
  readonly parts: number;
}

interface Part {
  readonly questionIds: string[];
  readonly name: ClusterName;
  readonly nearestTopics: readonly NearTopic[];
}

/**
 * Clusters the questions of a suggestion by k-means and offers the parts instead of it. The clustering is done before
 * the transaction that decides; if the suggestion has changed meanwhile, that is a CONFLICT.
 * @returns ids of the suggestion and of its parts, largest first
 * @throws INVALID_INPUT if there are too few different questions for so many parts
 */
export async function splitSuggestion(
  database: Database,
  clustering: ClusteringClient,
  caller: Caller,
  split: Split,
): Promise<string[]> {
  requireRole(caller, 'admin');
  const { parts } = split;
  if (!(Number.isInteger(parts) && parts >= 2 && parts <= maxParts))
    throw DomainError.invalid('parts', `A suggestion can be split into 2 to ${maxParts} parts; got ${parts}.`);
  const id = checkedId('suggestion', split.id);
  if (!(await alreadyDone(database, caller, split))) {
    const made = await makeParts(database, clustering, caller, id, parts);
    await database.transaction((sql) => storeParts(sql, caller, split, made));
  }
  const found = await database.rows<{ id: string }>(
    `SELECT id FROM suggestion WHERE parent_id = $1 AND state <> 'superseded' ORDER BY size DESC, seq`,
    [id],
  );
  return [id, ...found.map((part) => part.id)];
}

async function alreadyDone(sql: Sql, caller: Caller, { idempotencyKey = '' }: Split): Promise<boolean> {
  if (idempotencyKey === '') return false;
  const rows = await sql.rows(
    `SELECT 1 FROM idempotent_result WHERE actor = $1 AND operation = 'splitSuggestion' AND key = $2`,
    [actorOf(caller), idempotencyKey],
  );
  return rows.length > 0;
}

async function makeParts(
  database: Database,
  clustering: ClusteringClient,
  caller: Caller,
  suggestionId: string,
  parts: number,
): Promise<Part[]> {
  const encoder = await encoderOf(database, suggestionId);
  const ids = await memberIds(database, suggestionId);
  const refuse = (most: number) =>
    DomainError.invalid(
      'parts',
      `The suggestion has ${most} different questions; it cannot be split into ${parts} parts.`,
    );
  if (ids.length < parts) throw refuse(ids.length);
  const labels = new Int32Array(ids.length);
  const { clusters } = await clusterVectors(
    clustering,
    encoder,
    { parameters: { nClusters: parts, spherical: true }, count: ids.length },
    readVectorsInOrder(database, encoder, ids),
    { context: caller, signal: new AbortController().signal, progress: () => {} },
    async ({ offset, labels: block }) => labels.set(block, offset),
  );
  if (clusters.length < parts) throw refuse(clusters.length);
  const counts = clusters.map(() => new TermCounts());
  for (let start = 0; start < ids.length; start += pageSize) {
    const rows = await database.rows<{ place: number; text: string }>(
      `SELECT place, question.text FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, place)
       JOIN question USING (id)`,
      [ids.slice(start, start + pageSize)],
    );
    for (const { place, text } of rows) counts[labels[start + place - 1]].add(text);
  }
  const [{ clustering_id: clusteringId }] = await database.rows<{ clustering_id: string }>(
    'SELECT clustering_id FROM suggestion WHERE id = $1',
    [suggestionId],
  );
  const names = nameClusters(counts, await countTopicTerms(database, clusteringId));
  const topics = await readTopicCentroids(database, encoder);
  const members = clusters.map((): string[] => []);
  labels.forEach((label, row) => members[label].push(ids.at(row)));
  return clusters.map(({ index, centroid }) => ({
    questionIds: members[index],
    name: names[index],
    nearestTopics: nearestTopics(unpackFloat32(centroid), topics, 3),
  }));
}

async function encoderOf(database: Database, suggestionId: string): Promise<EncoderRecord> {
  const [row] = await database.rows<{ encoder: number }>(
    `SELECT clustering.encoder FROM suggestion JOIN clustering ON clustering.id = suggestion.clustering_id
     WHERE suggestion.id = $1`,
    [suggestionId],
  );
  const encoder = row && (await findEncoder(database, row.encoder));
  if (encoder === undefined) throw DomainError.notFound('suggestion', suggestionId);
  return encoder;
}

async function memberIds(database: Database, suggestionId: string): Promise<QuestionIds> {
  const rows = await database.rows<{ id: string }>(
    `SELECT question_id AS id FROM ${suggestionQuestions}
     JOIN question ON question.id = suggestion_question.question_id
     WHERE suggestion_id = $1 ORDER BY question.seq`,
    [suggestionId],
  );
  const ids = new QuestionIds();
  for (const { id } of rows) ids.push(id);
  return ids;
}

async function storeParts(sql: Sql, caller: Caller, split: Split, parts: readonly Part[]): Promise<void> {
  await decideOnce(sql, caller, split, 'split', async (suggestion, decisionId) => {
    const before = await rememberSuggestions(sql, [suggestion.id]);
    const otherIds: string[] = [];
    // Lists show the newest first, so the largest part is written last.
    for (const part of [...parts].sort((a, b) => a.questionIds.length - b.questionIds.length))
      otherIds.push(await insertPart(sql, suggestion, part, decisionId));
    await recordDecision(sql, caller, decisionId, suggestion, { kind: 'split', otherIds }, before);
    for (const id of otherIds) await refreshFigures(sql, id);
  });
}

async function insertPart(
  sql: Sql,
  suggestion: SuggestionRecord,
  { questionIds, name, nearestTopics: near }: Part,
  decisionId: string,
): Promise<string> {
  const id = randomUUID();
  await sql.rows(
    `INSERT INTO suggestion (id, clustering_id, cluster_index, parent_id, edited, title, keywords, exemplar_ids, size,
       cohesion, separation, silhouette, nearest_topics)
     VALUES ($1, $2, $3, $4, true, $5, $6, '{}', $7, 0, 0, 0, $8)`,
    [
      id,
      suggestion.clustering_id,
      suggestion.cluster_index,
      suggestion.id,
      name.title,
      name.keywords,
      questionIds.length,
      JSON.stringify(near),
    ],
  );
  await addMembers(sql, id, questionIds, decisionId);
  return id;
}
