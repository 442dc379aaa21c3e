import { AccessResolver } from './access.resolver.js';
import { AnswerResolver } from './answer.resolver.js';
import { ClusteringResolver } from './clustering.resolver.js';
import { DecisionResolver } from './decision.resolver.js';
import {
  ClassificationResolver,
  EmbeddingResolver,
  TextClassificationResolver,
  ClassCandidateResolver,
  NearestClassResolver,
} from './encoding.resolver.js';
import {
  ConfusionCellResolver,
  EvaluatedHeadResolver,
  EvaluatedTopicResolver,
  EvaluationChangeResolver,
  EvaluationResolver,
} from './evaluation.resolver.js';
import { ContentLifeResolver } from './content-life.resolver.js';
import { FeedbackResolver } from './feedback.resolver.js';
import { HeadResolver, HeadTopicFiguresResolver } from './head.resolver.js';
import { JobChangesResolver } from './job-changes.resolver.js';
import { JobProgressResolver } from './job-progress.resolver.js';
import {
  ClusterJobResultResolver,
  EvaluateJobResultResolver,
  FineTuneJobResultResolver,
  JobResolver,
  TrainJobResultResolver,
} from './job.resolver.js';
import { JobScheduleResolver } from './job-schedule.resolver.js';
import { ModelResolver } from './model.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { PromotionResolver } from './promotion.resolver.js';
import { QuestionChangesResolver } from './question-changes.resolver.js';
import { LabelResolver, QuestionClassificationResolver, QuestionResolver } from './question.resolver.js';
import {
  ClusterChangeResolver,
  ClusterMemberResolver,
  ClusterResolver,
  MovedQuestionResolver,
} from './run.resolver.js';
import { SearchResolver, TopicFacetResolver } from './search.resolver.js';
import {
  AgreementResolver,
  AnnotationResolver,
  QuestionToLabelResolver,
  ReviewDecisionResultResolver,
  ReviewItemResolver,
  ReviewResolver,
} from './review.resolver.js';
import { SimilarQuestionResolver } from './similar-question.resolver.js';
import { StatusResolver } from './status.resolver.js';
import { NearTopicResolver, SuggestionResolver } from './suggestion.resolver.js';
import { TopicOperationResolver, TopicTreeResolver } from './topic-tree.resolver.js';
import { TopicResolver } from './topic.resolver.js';
import { TransferResolver } from './transfer.resolver.js';
import { VersionResolver } from './version.resolver.js';

/** Every resolver of the schema. */
export const resolvers = [
  AccessResolver,
  AnswerResolver,
  ClassificationResolver,
  ClusterChangeResolver,
  ClusteringResolver,
  ClusterMemberResolver,
  ClusterResolver,
  ClusterJobResultResolver,
  DecisionResolver,
  ContentLifeResolver,
  EmbeddingResolver,
  FeedbackResolver,
  HeadResolver,
  HeadTopicFiguresResolver,
  JobChangesResolver,
  JobProgressResolver,
  JobResolver,
  JobScheduleResolver,
  LabelResolver,
  ModelResolver,
  MovedQuestionResolver,
  NearTopicResolver,
  NodeResolver,
  QuestionChangesResolver,
  QuestionClassificationResolver,
  QuestionResolver,
  SearchResolver,
  AgreementResolver,
  AnnotationResolver,
  QuestionToLabelResolver,
  ReviewDecisionResultResolver,
  ReviewItemResolver,
  ReviewResolver,
  SimilarQuestionResolver,
  StatusResolver,
  SuggestionResolver,
  TextClassificationResolver,
  ClassCandidateResolver,
  TopicFacetResolver,
  TopicOperationResolver,
  TopicResolver,
  TopicTreeResolver,
  TransferResolver,
  VersionResolver,
  TrainJobResultResolver,
  FineTuneJobResultResolver,
  EvaluateJobResultResolver,
  EvaluationResolver,
  EvaluatedHeadResolver,
  EvaluatedTopicResolver,
  ConfusionCellResolver,
  EvaluationChangeResolver,
  PromotionResolver,
  NearestClassResolver,
];
