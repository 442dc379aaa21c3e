import { knowledgeV1 } from '@cairn/contracts';
import type { Answer } from '../schema/answer.js';
import { ContentState } from '../schema/content-state.js';
import { DuplicateRule, ImportOutcome, type ImportRowResult } from '../schema/question-import.js';
import { NewQuestionState, Verdict, type QuestionFilter } from '../schema/question-input.js';
import { SaidBy, type Label, type Question, type QuestionClassification } from '../schema/question.js';
import { TopicState, type Topic } from '../schema/topic.js';
import { dateOrAbsent, enumTable, given, textOrAbsent } from './values.js';

export const contentState = enumTable<ContentState, knowledgeV1.ContentState>({
  [ContentState.INCOMING]: knowledgeV1.ContentState.CONTENT_STATE_INCOMING,
  [ContentState.DRAFT]: knowledgeV1.ContentState.CONTENT_STATE_DRAFT,
  [ContentState.REVIEW]: knowledgeV1.ContentState.CONTENT_STATE_REVIEW,
  [ContentState.PUBLISHED]: knowledgeV1.ContentState.CONTENT_STATE_PUBLISHED,
  [ContentState.ARCHIVED]: knowledgeV1.ContentState.CONTENT_STATE_ARCHIVED,
});

export const newQuestionState = enumTable<NewQuestionState, knowledgeV1.ContentState>({
  [NewQuestionState.INCOMING]: knowledgeV1.ContentState.CONTENT_STATE_INCOMING,
  [NewQuestionState.DRAFT]: knowledgeV1.ContentState.CONTENT_STATE_DRAFT,
});

export const saidBy = enumTable<SaidBy, knowledgeV1.SaidBy>({
  [SaidBy.PERSON]: knowledgeV1.SaidBy.SAID_BY_PERSON,
  [SaidBy.IMPORT]: knowledgeV1.SaidBy.SAID_BY_IMPORT,
  [SaidBy.MODEL]: knowledgeV1.SaidBy.SAID_BY_MODEL,
});

export const verdict = enumTable<Verdict, knowledgeV1.Verdict>({
  [Verdict.KNOWN]: knowledgeV1.Verdict.VERDICT_KNOWN,
  [Verdict.UNKNOWN]: knowledgeV1.Verdict.VERDICT_UNKNOWN,
  [Verdict.UNCLASSIFIED]: knowledgeV1.Verdict.VERDICT_UNCLASSIFIED,
});

export const topicState = enumTable<TopicState, knowledgeV1.TopicState>({
  [TopicState.ACTIVE]: knowledgeV1.TopicState.TOPIC_STATE_ACTIVE,
  [TopicState.ARCHIVED]: knowledgeV1.TopicState.TOPIC_STATE_ARCHIVED,
});

export const importOutcome = enumTable<ImportOutcome, knowledgeV1.ImportOutcome>({
  [ImportOutcome.CREATED]: knowledgeV1.ImportOutcome.IMPORT_OUTCOME_CREATED,
  [ImportOutcome.UPDATED]: knowledgeV1.ImportOutcome.IMPORT_OUTCOME_UPDATED,
  [ImportOutcome.UNCHANGED]: knowledgeV1.ImportOutcome.IMPORT_OUTCOME_UNCHANGED,
  [ImportOutcome.FAILED]: knowledgeV1.ImportOutcome.IMPORT_OUTCOME_FAILED,
  [ImportOutcome.SKIPPED]: knowledgeV1.ImportOutcome.IMPORT_OUTCOME_SKIPPED,
});

const toLabel = (label: knowledgeV1.Label): Label => ({
  topicId: label.topicId,
  // Knowledge leaves out who said it for callers without a role.
  saidBy: label.saidBy === knowledgeV1.SaidBy.SAID_BY_UNSPECIFIED ? undefined : saidBy.fromProto(label.saidBy),
  actor: textOrAbsent(label.actor),
  createdAt: dateOrAbsent(label.createdAtMs),
});

const toClassification = (said: knowledgeV1.QuestionClassification): QuestionClassification => ({
  unknown: said.unknown,
  topicId: textOrAbsent(said.topicId),
  confidence: said.confidence,
  headId: said.headId,
  createdAt: new Date(said.createdAtMs),
});

export const toQuestion = (question: knowledgeV1.Question): Question => ({
  id: question.id,
  slug: question.slug,
  text: question.text,
  state: contentState.fromProto(question.state),
  tags: question.tags,
  source: textOrAbsent(question.source),
  externalId: textOrAbsent(question.externalId),
  label: question.label == null ? undefined : toLabel(question.label),
  classification: question.classification == null ? undefined : toClassification(question.classification),
  embedded: question.embedded,
  version: question.version,
  createdAt: new Date(question.createdAtMs),
  updatedAt: new Date(question.updatedAtMs),
  publishedAt: dateOrAbsent(question.publishedAtMs),
  language: question.language,
  publishAt: dateOrAbsent(question.publishAtMs),
  deletedAt: dateOrAbsent(question.deletedAtMs),
  changedBy: textOrAbsent(question.changedBy),
});

export const toAnswer = (answer: knowledgeV1.Answer): Answer => ({
  id: answer.id,
  questionId: answer.questionId,
  body: answer.body,
  state: contentState.fromProto(answer.state),
  version: answer.version,
  createdAt: new Date(answer.createdAtMs),
  updatedAt: new Date(answer.updatedAtMs),
  publishAt: dateOrAbsent(answer.publishAtMs),
  deletedAt: dateOrAbsent(answer.deletedAtMs),
  changedBy: textOrAbsent(answer.changedBy),
  helpful: answer.helpful,
  unhelpful: answer.unhelpful,
  score: answer.score,
  flagged: answer.flagged,
});

export const toTopic = (topic: knowledgeV1.Topic): Topic => ({
  id: topic.id,
  slug: topic.slug,
  title: topic.title,
  description: topic.description,
  state: topicState.fromProto(topic.state),
  version: topic.version,
  questionCount: topic.questionCount,
  labelledCount: topic.labelledCount,
  createdAt: new Date(topic.createdAtMs),
  updatedAt: new Date(topic.updatedAtMs),
  parentId: textOrAbsent(topic.parentId),
  mergedIntoId: textOrAbsent(topic.mergedIntoId),
  changedBy: textOrAbsent(topic.changedBy),
});

export const toImportRowResult = (result: knowledgeV1.ImportRowResult): ImportRowResult => ({
  line: result.line,
  outcome: importOutcome.fromProto(result.outcome),
  questionId: textOrAbsent(result.questionId),
  code: textOrAbsent(result.code),
  field: textOrAbsent(result.field),
  message: textOrAbsent(result.message),
  duplicate: result.duplicate == null ? undefined : toDuplicate(result.duplicate),
});

const toDuplicate = ({ questionId, text, similarity }: knowledgeV1.ImportDuplicate) => ({
  questionId: textOrAbsent(questionId),
  text,
  similarity,
});

export const duplicateRule = enumTable<DuplicateRule, knowledgeV1.DuplicateRule>({
  [DuplicateRule.KEEP]: knowledgeV1.DuplicateRule.DUPLICATE_RULE_KEEP,
  [DuplicateRule.REPORT]: knowledgeV1.DuplicateRule.DUPLICATE_RULE_REPORT,
  [DuplicateRule.SKIP]: knowledgeV1.DuplicateRule.DUPLICATE_RULE_SKIP,
});

export const fromQuestionFilter = (filter: QuestionFilter) => ({
  states: filter.states?.map(contentState.toProto),
  topicId: given(filter.topicId),
  verdict: filter.verdict == null ? undefined : verdict.toProto(filter.verdict),
  source: given(filter.source),
  labelled: given(filter.labelled),
  suggestionId: given(filter.suggestionId),
  text: given(filter.text),
  language: given(filter.language),
  tags: given(filter.tags),
  deleted: given(filter.deleted),
  scheduled: given(filter.scheduled),
});
