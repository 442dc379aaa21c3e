import { unpackFloat32 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import type { ClusteredQuestions } from './cluster-vectors.js';
import { nameClusters } from './name-cluster.js';
import { nearestTopics, readTopicCentroids, type NearTopic } from './near-topics.js';
import { readRejectedMembers, rejectedClusters } from './rejected-overlap.js';
import { TermCounts } from './terms.js';

/** A cluster as it is offered to an admin. */
export interface NewSuggestion {
  readonly clusterIndex: number;
  readonly title: string;
  readonly keywords: readonly string[];
  readonly exemplarIds: readonly string[];
  readonly size: number;
  readonly cohesion: number;
  readonly separation: number;
  readonly silhouette: number;
  readonly nearestTopics: readonly NearTopic[];
}

const nearestTopicCount = 3;
const pageSize = 2000;

/**
 * Suggestions for the clusters that are large enough and that nobody has rejected before, largest first.
 * @param minClusterSize fewer members make no suggestion
 */
export async function suggestTopics(
  database: Database,
  encoder: EncoderRecord,
  clustered: ClusteredQuestions,
  minClusterSize: number,
  job: RunningJob,
): Promise<NewSuggestion[]> {
  const { summary, questionIds, labels } = clustered;
  const clusterOf = new Map(questionIds.map((id, row) => [id, labels[row]]));
  const rejected = rejectedClusters(clusterOf, await readRejectedMembers(database));
  job.progress('name', 0, questionIds.length);
  const counts = await countTerms(database, clustered, (done) => job.progress('name', done, questionIds.length));
  const names = nameClusters(counts, await countTopicTerms(database, clusterOf));
  const topics = await readTopicCentroids(database, encoder);
  return summary.clusters
    .filter(({ index, size }) => size >= minClusterSize && !rejected.has(index))
    .sort((a, b) => b.size - a.size)
    .map((cluster) => ({
      clusterIndex: cluster.index,
      ...names[cluster.index],
      exemplarIds: cluster.exemplars.map((row) => questionIds[row]),
      size: cluster.size,
      cohesion: cluster.cohesion,
      separation: cluster.separation,
      silhouette: cluster.silhouette,
      nearestTopics: nearestTopics(unpackFloat32(cluster.centroid), topics, nearestTopicCount),
    }));
}

/** Term counts of each cluster. */
async function countTerms(
  database: Database,
  { summary, questionIds, labels }: ClusteredQuestions,
  onCounted: (done: number) => void,
): Promise<TermCounts[]> {
  const counts = summary.clusters.map(() => new TermCounts());
  for (let start = 0; start < questionIds.length; start += pageSize) {
    const ids = questionIds.slice(start, start + pageSize);
    const rows = await database.rows<{ place: number; text: string }>(
      `SELECT place, question.text FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, place)
       JOIN question USING (id) ORDER BY place`,
      [ids],
    );
    for (const { place, text } of rows) counts[labels[start + place - 1]].add(text);
    onCounted(start + ids.length);
  }
  return counts;
}

/** Term counts of each active topic, over labelled questions that are not themselves in a cluster. */
async function countTopicTerms(database: Database, clusterOf: ReadonlyMap<string, number>): Promise<TermCounts[]> {
  const counts = new Map<string, TermCounts>();
  for (let after = 0; ;) {
    const rows = await database.rows<{ id: string; seq: number; text: string; topic_id: string }>(
      `SELECT q.id, q.seq, q.text, q.topic_id FROM question q
       JOIN topic ON topic.id = q.topic_id AND topic.state = 'active'
       WHERE q.topic_said_by IN ('person', 'import') AND q.seq > $1 ORDER BY q.seq LIMIT $2`,
      [after, pageSize],
    );
    for (const { id, text, topic_id: topicId } of rows) {
      if (clusterOf.has(id)) continue;
      const ofTopic = counts.get(topicId) ?? new TermCounts();
      counts.set(topicId, ofTopic);
      ofTopic.add(text);
    }
    if (rows.length < pageSize) return [...counts.values()];
    after = rows[rows.length - 1].seq;
  }
}
