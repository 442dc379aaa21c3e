import { decodeVectors } from '../embedding/vector-codec.js';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import type { Database } from '../persistence/database.js';

export interface TopicCentroids {
  readonly topicIds: readonly string[];
  /** `[topicIds.length, dimension]`: the mean vector of each topic's labelled questions. */
  readonly matrix: Float32Array;
}

export interface NearTopic {
  readonly topicId: string;
  /** 1 - cosine. */
  readonly distance: number;
}

/** Centroids of all active topics, over the questions that a person or an import has labelled. */
export async function readTopicCentroids(database: Database, encoder: EncoderRecord): Promise<TopicCentroids> {
  const rows = await database.rows<{ topic_id: string; centroid: Buffer }>(
    `SELECT q.topic_id, vector_send(avg(e.vector)) AS centroid
     FROM question q JOIN embedding e ON e.encoder = $1 AND e.question_id = q.id
     JOIN topic ON topic.id = q.topic_id AND topic.state = 'active'
     WHERE q.topic_said_by IN ('person', 'import') GROUP BY q.topic_id ORDER BY q.topic_id`,
    [encoder.id],
  );
  const matrix = decodeVectors(
    rows.map(({ centroid }) => centroid),
    encoder.provenance.dimension,
  );
  return { topicIds: rows.map(({ topic_id: id }) => id), matrix };
}

/** The `count` topics nearest to a centroid `[dimension]`, nearest first. */
export function nearestTopics(centroid: Float32Array, topics: TopicCentroids, count: number): NearTopic[] {
  const dimension = centroid.length;
  return topics.topicIds
    .map((topicId, row) => ({
      topicId,
      distance: 1 - cosine(centroid, topics.matrix.subarray(row * dimension, (row + 1) * dimension)),
    }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count);
}

function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    squaresA += a[i] * a[i];
    squaresB += b[i] * b[i];
  }
  return squaresA === 0 || squaresB === 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
}
