import { inferenceV1, knowledgeV1, packFloat32, type Draft, type vectorsV1 } from '@cairn/contracts';

/** Rows as the services send them. */

export const questionRow = (id: string, more: Draft<knowledgeV1.Question> = {}): Draft<knowledgeV1.Question> => ({
  id,
  slug: `slug-${id}`,
  text: `Question ${id}?`,
  state: knowledgeV1.ContentState.CONTENT_STATE_PUBLISHED,
  tags: [],
  source: 'api',
  version: 1,
  createdAtMs: 1_700_000_000_000,
  updatedAtMs: 1_700_000_000_000,
  ...more,
});

export const answerRow = (id: string, questionId: string): Draft<knowledgeV1.Answer> => ({
  id,
  questionId,
  body: `Answer ${id}.`,
  state: knowledgeV1.ContentState.CONTENT_STATE_PUBLISHED,
  version: 1,
});

export const topicRow = (id: string): Draft<knowledgeV1.Topic> => ({
  id,
  slug: `slug-${id}`,
  title: `Topic ${id}`,
  state: knowledgeV1.TopicState.TOPIC_STATE_ACTIVE,
  version: 1,
  questionCount: 3,
  labelledCount: 2,
});

export const headRow = (id: string): Draft<knowledgeV1.TrainedHead> => ({
  id,
  state: knowledgeV1.HeadState.HEAD_STATE_IN_USE,
  encoderId: 'encoder',
  accuracy: 0.9,
});

export const jobRow = (id: string, more: Draft<knowledgeV1.Job> = {}): Draft<knowledgeV1.Job> => ({
  id,
  state: knowledgeV1.JobState.JOB_STATE_RUNNING,
  embed: {},
  done: 0,
  attempt: 1,
  createdAtMs: 1_700_000_000_000,
  ...more,
});

export const suggestionRow = (id: string, more: Draft<knowledgeV1.Suggestion> = {}): Draft<knowledgeV1.Suggestion> => ({
  id,
  clusteringId: 'clustering',
  title: `Suggestion ${id}`,
  keywords: ['word'],
  exemplarIds: [],
  size: 4,
  state: knowledgeV1.SuggestionState.SUGGESTION_STATE_PENDING,
  version: 1,
  ...more,
});

export const modelRow = (id: string, more: Draft<inferenceV1.Model> = {}): Draft<inferenceV1.Model> => ({
  id,
  revision: 'r',
  state: inferenceV1.ModelState.MODEL_STATE_READY,
  dimension: 2,
  maxTokens: 128,
  layers: 4,
  device: 'cpu',
  deviceReason: 'asked for cpu',
  fileBytes: 1000,
  precision: 'float32',
  memoryBytes: 5_000_000_000,
  sessions: 2,
  threads: 1,
  sessionsReason: 'measured',
  task: 'embedding',
  classes: more.task === 'classification' ? ['joy', 'anger'] : [],
  graph: 'as it is',
  goldenDifference: 0,
  ...more,
});

/** Embeddings `[count, dimension]`, each of a text of three tokens. */
export function embedResponse(
  values: Float32Array,
  dimension: number,
  provenance: Draft<vectorsV1.Provenance> = {},
): Draft<inferenceV1.EmbedResponse> {
  const count = values.length / dimension;
  const from = { encoderId: 'encoder', revision: 'r', layer: -1, pooling: 'mean', normalized: true, dimension };
  return {
    vectors: { data: packFloat32(values), count, dimension, provenance: { ...from, ...provenance } },
    items: Array.from({ length: count }, () => ({ tokens: 3 })),
  };
}

/** A page with one cursor per row. */
export const pageInfo = (rows: readonly unknown[], more: Draft<knowledgeV1.PageInfo> = {}) => ({
  hasNextPage: false,
  cursors: rows.map((_row, index) => `cursor-${index}`),
  ...more,
});

/** `count` ids: "q0", "q1", ... */
export const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_none, index) => `${prefix}${index}`);
