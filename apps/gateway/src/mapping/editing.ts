import { knowledgeV1 } from '@cairn/contracts';
import type { Vote } from '../schema/feedback.js';
import type { SimilarQuestion } from '../schema/similar-question.js';
import { TopicOperationKind, type TopicOperation } from '../schema/topic-operation.js';
import { ContentKind, DiffKind, type ContentVersion, type VersionDiff } from '../schema/version.js';
import { dateOrAbsent, enumTable, given, textOrAbsent } from './values.js';

export const contentKind = enumTable<ContentKind, knowledgeV1.ContentKind>({
  [ContentKind.QUESTION]: knowledgeV1.ContentKind.CONTENT_KIND_QUESTION,
  [ContentKind.ANSWER]: knowledgeV1.ContentKind.CONTENT_KIND_ANSWER,
  [ContentKind.TOPIC]: knowledgeV1.ContentKind.CONTENT_KIND_TOPIC,
});

const diffKind = enumTable<DiffKind, knowledgeV1.DiffKind>({
  [DiffKind.SAME]: knowledgeV1.DiffKind.DIFF_KIND_SAME,
  [DiffKind.ADDED]: knowledgeV1.DiffKind.DIFF_KIND_ADDED,
  [DiffKind.REMOVED]: knowledgeV1.DiffKind.DIFF_KIND_REMOVED,
});

const operationKind = enumTable<TopicOperationKind, knowledgeV1.TopicOperationKind>({
  [TopicOperationKind.MOVE]: knowledgeV1.TopicOperationKind.TOPIC_OPERATION_KIND_MOVE,
  [TopicOperationKind.MERGE]: knowledgeV1.TopicOperationKind.TOPIC_OPERATION_KIND_MERGE,
  [TopicOperationKind.SPLIT]: knowledgeV1.TopicOperationKind.TOPIC_OPERATION_KIND_SPLIT,
});

export const toVersion = (version: knowledgeV1.ContentVersion): ContentVersion => ({
  version: version.version,
  changedBy: textOrAbsent(version.changedBy),
  changedAt: new Date(version.changedAtMs),
  current: version.current,
  fields: version.fields,
});

export const toVersionDiff = (diff: knowledgeV1.VersionDiff): VersionDiff => ({
  fromVersion: diff.fromVersion,
  toVersion: diff.toVersion,
  fields: diff.fields.map(({ name, parts }) => ({
    name,
    parts: parts.map(({ kind, text }) => ({ kind: diffKind.fromProto(kind), text })),
  })),
});

export const toVote = (vote: knowledgeV1.Vote): Vote => ({
  helpful: vote.helpful,
  comment: textOrAbsent(vote.comment),
  votedAt: new Date(vote.votedAtMs),
});

export const toSimilarQuestion = (question: knowledgeV1.SimilarQuestion): SimilarQuestion => ({
  questionId: question.questionId,
  textSimilarity: question.textSimilarity,
  vectorSimilarity: given(question.vectorSimilarity),
  duplicate: question.duplicate,
});

export const toTopicOperation = (operation: knowledgeV1.TopicOperation): TopicOperation => ({
  id: operation.id,
  kind: operationKind.fromProto(operation.kind),
  topicId: operation.topicId,
  targetIds: operation.targetIds,
  labels: operation.labels,
  doneBy: operation.doneBy,
  doneAt: new Date(operation.doneAtMs),
  undoneBy: textOrAbsent(operation.undoneBy),
  undoneAt: dateOrAbsent(operation.undoneAtMs),
});
