import { unpackFloat32, type clusteringV1 } from '@cairn/contracts';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database, Sql } from '../persistence/database.js';
import { nameClusters } from './name-cluster.js';
import { nearestTopics, readTopicCentroids, type NearTopic, type TopicCentroids } from './near-topics.js';
import type { QuestionIds } from './question-ids.js';
import { TermCounts } from './terms.js';

/** What there is to say about a cluster. */
export interface DescribedCluster {
  readonly clusterIndex: number;
  readonly title: string;
  readonly keywords: readonly string[];
  readonly exemplarIds: readonly string[];
  readonly size: number;
  readonly cohesion: number;
  readonly separation: number;
  readonly silhouette: number;
  readonly nearestTopics: readonly NearTopic[];
  /** `[dimension]` */
  readonly centroid: Float32Array;
  /** The known topic whose centroid stood fixed; undefined: it is a new cluster. */
  readonly topicId?: string;
}

const nearestTopicCount = 3;
const pageSize = 2000;

/**
 * Names and describes the clusters of a staged run, in the order of the summary.
 * @param known the topics whose centroids the run was given
 */
export async function nameClustersOfRun(
  database: Database,
  encoder: EncoderRecord,
  clusteringId: string,
  { clusters }: clusteringV1.ClusterSummary,
  ids: QuestionIds,
  known: TopicCentroids | undefined,
  job: Pick<RunningJob, 'progress' | 'signal'>,
): Promise<DescribedCluster[]> {
  job.progress('name', 0, ids.length);
  const counts = await countTerms(database, clusteringId, clusters.length, (done) => {
    job.signal.throwIfAborted();
    job.progress('name', done, ids.length);
  });
  const names = nameClusters(counts, await countTopicTerms(database, clusteringId));
  const topics = await readTopicCentroids(database, encoder);
  return clusters.map((cluster) => {
    const centroid = unpackFloat32(cluster.centroid);
    return {
      clusterIndex: cluster.index,
      ...names[cluster.index],
      exemplarIds: cluster.exemplars.map((row) => ids.at(row)),
      size: cluster.size,
      cohesion: cluster.cohesion,
      separation: cluster.separation,
      silhouette: cluster.silhouette,
      nearestTopics: nearestTopics(centroid, topics, nearestTopicCount),
      centroid,
      topicId: cluster.known == null ? undefined : known?.topicIds[cluster.known],
    };
  });
}

/** Term counts of each cluster; memory holds a page of texts. */
async function countTerms(
  database: Database,
  clusteringId: string,
  clusters: number,
  onCounted: (done: number) => void,
): Promise<TermCounts[]> {
  const counts = Array.from({ length: clusters }, () => new TermCounts());
  let done = 0;
  for (let after = 0; ;) {
    const rows = await database.rows<{ seq: number; text: string; cluster_index: number }>(
      `SELECT question.seq, question.text, member.cluster_index
       FROM question JOIN clustering_member member ON member.clustering_id = $1 AND member.question_id = question.id
       WHERE question.seq > $2 ORDER BY question.seq LIMIT $3`,
      [clusteringId, after, pageSize],
    );
    for (const { text, cluster_index: index } of rows) counts[index]?.add(text);
    onCounted((done += rows.length));
    if (rows.length < pageSize) return counts;
    after = rows[rows.length - 1].seq;
  }
}

/** Term counts of each active topic, over labelled questions that are not themselves in the run. */
export async function countTopicTerms(sql: Sql, clusteringId: string): Promise<TermCounts[]> {
  const counts = new Map<string, TermCounts>();
  for (let after = 0; ;) {
    const rows = await sql.rows<{ seq: number; text: string; topic_id: string }>(
      `SELECT q.seq, q.text, q.topic_id FROM question q
       JOIN topic ON topic.id = q.topic_id AND topic.state = 'active'
       WHERE q.topic_said_by IN ('person', 'import') AND q.seq > $1
         AND NOT EXISTS (SELECT 1 FROM clustering_member m WHERE m.clustering_id = $3 AND m.question_id = q.id)
       ORDER BY q.seq LIMIT $2`,
      [after, pageSize, clusteringId],
    );
    for (const { text, topic_id: topicId } of rows) {
      const ofTopic = counts.get(topicId) ?? new TermCounts();
      counts.set(topicId, ofTopic);
      ofTopic.add(text);
    }
    if (rows.length < pageSize) return [...counts.values()];
    after = rows[rows.length - 1].seq;
  }
}
