/** Content as messages, and back. The one place that knows both names of every state. */
import { DomainError, knowledgeV1 } from '@cairn/contracts';
import { hasRole, type Caller } from '../access/caller.js';
import type { AnswerRecord } from '../answers/read-answers.js';
import type { GivenRow } from '../import/import-row.js';
import type { DuplicateRule, RowResult } from '../import/import-questions.js';
import type { PageOfRows } from '../persistence/keyset-list.js';
import type { ContentState } from '../questions/content-state.js';
import type { SaidBy } from '../questions/effective-label.js';
import { topicOfRow, type QuestionRecord, type TopicColumns } from '../questions/question-record.js';
import type { QuestionFilter } from '../questions/read-questions.js';
import type { TopicRecord, TopicState } from '../topics/read-topics.js';

const { ContentState: State, ImportOutcome, SaidBy: Said, TopicState: TopicStateMessage, Verdict } = knowledgeV1;

const stateMessages: Record<ContentState, knowledgeV1.ContentState> = {
  incoming: State.CONTENT_STATE_INCOMING,
  draft: State.CONTENT_STATE_DRAFT,
  published: State.CONTENT_STATE_PUBLISHED,
  archived: State.CONTENT_STATE_ARCHIVED,
  review: State.CONTENT_STATE_REVIEW,
};
const saidByMessages: Record<SaidBy, knowledgeV1.SaidBy> = {
  person: Said.SAID_BY_PERSON,
  import: Said.SAID_BY_IMPORT,
  model: Said.SAID_BY_MODEL,
};
const topicStateMessages: Record<TopicState, knowledgeV1.TopicState> = {
  active: TopicStateMessage.TOPIC_STATE_ACTIVE,
  archived: TopicStateMessage.TOPIC_STATE_ARCHIVED,
};
const verdictMessages: Record<NonNullable<QuestionFilter['verdict']>, knowledgeV1.Verdict> = {
  known: Verdict.VERDICT_KNOWN,
  unknown: Verdict.VERDICT_UNKNOWN,
  unclassified: Verdict.VERDICT_UNCLASSIFIED,
};
const outcomeMessages = {
  created: ImportOutcome.IMPORT_OUTCOME_CREATED,
  updated: ImportOutcome.IMPORT_OUTCOME_UPDATED,
  unchanged: ImportOutcome.IMPORT_OUTCOME_UNCHANGED,
  skipped: ImportOutcome.IMPORT_OUTCOME_SKIPPED,
};

/** The name that stands for a message's value; undefined for UNSPECIFIED. */
function nameOf<Name extends string>(messages: Record<Name, string>, value: string): Name | undefined {
  return (Object.keys(messages) as Name[]).find((name) => messages[name] === value);
}

export function contentStateOf(message: knowledgeV1.ContentState): ContentState | undefined {
  return nameOf(stateMessages, message);
}

/** @throws INVALID_INPUT if no state is given */
export function givenContentState(message: knowledgeV1.ContentState): ContentState {
  const state = contentStateOf(message);
  if (state === undefined) throw DomainError.invalid('state', 'Give the state: draft, review, published or archived.');
  return state;
}

/** @throws INVALID_INPUT if no state is given */
export function givenTopicState(message: knowledgeV1.TopicState): TopicState {
  const state = nameOf(topicStateMessages, message);
  if (state === undefined) throw DomainError.invalid('state', 'Give the state: active or archived.');
  return state;
}

/** New questions are drafts unless they are said to be incoming. */
export function newQuestionState(message: knowledgeV1.ContentState): 'incoming' | 'draft' {
  const state = contentStateOf(message) ?? 'draft';
  if (state === 'incoming' || state === 'draft') return state;
  throw DomainError.invalid('state', 'A new question is incoming or draft; publish it afterwards.');
}

export function questionFilterOf(message: knowledgeV1.QuestionFilter | undefined): QuestionFilter {
  return {
    states: (message?.states ?? []).flatMap((state) => contentStateOf(state) ?? []),
    topicId: message?.topicId || undefined,
    verdict: message && nameOf(verdictMessages, message.verdict),
    source: message?.source || undefined,
    labelled: message?.labelled,
    suggestionId: message?.suggestionId || undefined,
    text: message?.text || undefined,
    language: message?.language || undefined,
    tags: message?.tags,
    deleted: message?.deleted,
    scheduled: message?.scheduled,
  };
}

const ms = (date: Date | null) => date?.getTime() ?? 0;

/**
 * What a caller may know of a question: without a role not who labelled it, not what the head says, not its id
 * elsewhere, and no topic that is archived.
 */
export function questionMessage(question: QuestionRecord, caller: Caller): knowledgeV1.Question {
  const team = hasRole(caller, 'reader');
  return {
    id: question.id,
    slug: question.slug,
    text: question.text,
    state: stateMessages[question.state],
    tags: question.tags,
    source: team ? question.source : '',
    externalId: team ? (question.externalId ?? '') : '',
    label: labelMessage(question, team),
    classification: team ? classificationMessage(question) : undefined,
    version: question.version,
    createdAtMs: ms(question.createdAt),
    updatedAtMs: ms(question.updatedAt),
    publishedAtMs: ms(question.publishedAt),
    embedded: question.embedded,
    language: question.language,
    publishAtMs: team ? ms(question.publishAt) : 0,
    deletedAtMs: ms(question.deletedAt),
    changedBy: team ? question.changedBy : '',
  };
}

export function questionsMessage(
  page: PageOfRows<QuestionRecord>,
  caller: Caller,
): knowledgeV1.ListQuestionsResponse {
  const questions = page.rows.map((row) => questionMessage(row, caller));
  return { questions, pageInfo: page.pageInfo, answers: [], topics: [] };
}

/** The topics of the labels that `questionMessage` shows, each once. */
export function topicsOfLabels(
  rows: readonly (QuestionRecord & TopicColumns)[],
  caller: Caller,
): knowledgeV1.Topic[] {
  const team = hasRole(caller, 'reader');
  const topics = new Map<string, knowledgeV1.Topic>();
  for (const row of rows) {
    const shown = labelMessage(row, team)?.topicId;
    const topic = shown === undefined || topics.has(shown) ? undefined : topicOfRow(row);
    if (topic !== undefined) topics.set(topic.id, topicMessage(topic, caller));
  }
  return [...topics.values()];
}

function labelMessage(question: QuestionRecord, team: boolean): knowledgeV1.Label | undefined {
  const { topicId, saidBy } = question;
  // Undefined where labels were not asked for.
  if (topicId == null || saidBy == null || !(team || question.topicActive)) return undefined;
  return team
    ? {
        topicId,
        saidBy: saidByMessages[saidBy],
        actor: question.labelActor ?? '',
        createdAtMs: ms(question.labelledAt),
      }
    : { topicId, saidBy: Said.SAID_BY_UNSPECIFIED, actor: '', createdAtMs: 0 };
}

function classificationMessage(question: QuestionRecord): knowledgeV1.QuestionClassification | undefined {
  if (question.unknown == null) return undefined;
  return {
    unknown: question.unknown,
    topicId: question.nearestTopicId ?? '',
    confidence: question.confidence ?? 0,
    headId: question.headId ?? '',
    createdAtMs: ms(question.classifiedAt),
  };
}

export function answerMessage(answer: AnswerRecord, caller: Caller): knowledgeV1.Answer {
  const team = hasRole(caller, 'reader');
  return {
    id: answer.id,
    questionId: answer.questionId,
    body: answer.body,
    state: stateMessages[answer.state],
    version: answer.version,
    createdAtMs: ms(answer.createdAt),
    updatedAtMs: ms(answer.updatedAt),
    publishAtMs: team ? ms(answer.publishAt) : 0,
    deletedAtMs: ms(answer.deletedAt),
    changedBy: team ? answer.changedBy : '',
    helpful: answer.helpful,
    unhelpful: answer.unhelpful,
    score: answer.score,
    flagged: team && answer.flagged,
  };
}

export function topicMessage(topic: TopicRecord, caller: Caller): knowledgeV1.Topic {
  return {
    id: topic.id,
    slug: topic.slug,
    title: topic.title,
    description: topic.description,
    state: topicStateMessages[topic.state],
    version: topic.version,
    createdAtMs: ms(topic.createdAt),
    updatedAtMs: ms(topic.updatedAt),
    questionCount: topic.questionCount,
    labelledCount: topic.labelledCount,
    parentId: topic.parentId ?? '',
    mergedIntoId: topic.mergedInto ?? '',
    changedBy: hasRole(caller, 'reader') ? topic.changedBy : '',
  };
}

export function duplicateRuleOf(rule: knowledgeV1.DuplicateRule): DuplicateRule {
  if (rule === knowledgeV1.DuplicateRule.DUPLICATE_RULE_SKIP) return 'skip';
  return rule === knowledgeV1.DuplicateRule.DUPLICATE_RULE_REPORT ? 'report' : 'keep';
}

export function importRowOf(row: knowledgeV1.ImportRow): GivenRow {
  return { ...row, state: contentStateOf(row.state) };
}

export function rowResultMessage(result: RowResult): knowledgeV1.ImportRowResult {
  if ('error' in result)
    return {
      line: result.line,
      outcome: ImportOutcome.IMPORT_OUTCOME_FAILED,
      questionId: '',
      code: result.error.code,
      field: result.error.details.field ?? '',
      message: result.error.message,
      duplicate: undefined,
    };
  const { line, outcome, duplicate } = result;
  return {
    line,
    outcome: outcomeMessages[outcome],
    questionId: 'questionId' in result ? result.questionId : '',
    code: '',
    field: '',
    message: '',
    duplicate: duplicate && { questionId: '', ...duplicate },
  };
}
