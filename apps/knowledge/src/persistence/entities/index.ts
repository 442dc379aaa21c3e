import { TopicEntity } from './topic.entity.js';
import { QuestionEntity } from './question.entity.js';
import { AnswerEntity } from './answer.entity.js';
import { LabelEntity } from './label.entity.js';
import { EncoderEntity } from './encoder.entity.js';
import { EmbeddingEntity } from './embedding.entity.js';
import { TrainedHeadEntity } from './trained-head.entity.js';
import { ClassificationEntity } from './classification.entity.js';
import { ClusteringEntity } from './clustering.entity.js';
import { ClusteringMemberEntity } from './clustering-member.entity.js';
import { SuggestionEntity } from './suggestion.entity.js';
import { JobEntity } from './job.entity.js';
import { IdempotentResultEntity } from './idempotent-result.entity.js';
import { ApiKeyEntity } from './api-key.entity.js';

/** One class per table of the schema. */
export const entities = [
  TopicEntity,
  QuestionEntity,
  AnswerEntity,
  LabelEntity,
  EncoderEntity,
  EmbeddingEntity,
  TrainedHeadEntity,
  ClassificationEntity,
  ClusteringEntity,
  ClusteringMemberEntity,
  SuggestionEntity,
  JobEntity,
  IdempotentResultEntity,
  ApiKeyEntity,
];

export {
  TopicEntity,
  QuestionEntity,
  AnswerEntity,
  LabelEntity,
  EncoderEntity,
  EmbeddingEntity,
  TrainedHeadEntity,
  ClassificationEntity,
  ClusteringEntity,
  ClusteringMemberEntity,
  SuggestionEntity,
  JobEntity,
  IdempotentResultEntity,
  ApiKeyEntity,
};
