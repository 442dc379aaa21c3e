import type { knowledgeV1 } from '@cairn/contracts';
import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import type { Answer } from '../schema/answer.js';
import type { Question } from '../schema/question.js';
import type { Topic } from '../schema/topic.js';
import { namesOfRows } from './paging.js';

/** For each field of a type, the fields of its message that it takes. Ids and states always come. */
type Takes<T> = Readonly<Record<Exclude<keyof T, 'sentAnswers'> | '__typename', readonly string[]>>;

const ofQuestion: Takes<Question & { answers: unknown; topic: unknown }> = {
  ...{ __typename: [], id: [], state: [], answers: [], topic: ['label'] },
  slug: ['slug'],
  text: ['text'],
  tags: ['tags'],
  source: ['source'],
  externalId: ['external_id'],
  label: ['label'],
  classification: ['classification'],
  embedded: ['embedded'],
  version: ['version'],
  createdAt: ['created_at_ms'],
  updatedAt: ['updated_at_ms'],
  publishedAt: ['published_at_ms'],
  language: ['language'],
  publishAt: ['publish_at_ms'],
  deletedAt: ['deleted_at_ms'],
  changedBy: ['changed_by'],
};

const ofAnswer: Takes<Answer & { question: unknown; bodyHtml: unknown }> = {
  ...{ __typename: [], id: [], questionId: [], state: [], question: [] },
  body: ['body'],
  bodyHtml: ['body'],
  version: ['version'],
  createdAt: ['created_at_ms'],
  updatedAt: ['updated_at_ms'],
  publishAt: ['publish_at_ms'],
  deletedAt: ['deleted_at_ms'],
  changedBy: ['changed_by'],
  helpful: ['helpful'],
  unhelpful: ['unhelpful'],
  score: ['score'],
  flagged: ['flagged'],
};

const ofTopic: Takes<
  Topic & { parent: unknown; ancestors: unknown; children: unknown; mergedInto: unknown; questions: unknown }
> = {
  ...{ __typename: [], id: [], state: [], questions: [], children: [], questionCount: [], labelledCount: [] },
  slug: ['slug'],
  title: ['title'],
  description: ['description'],
  version: ['version'],
  createdAt: ['created_at_ms'],
  updatedAt: ['updated_at_ms'],
  parentId: ['parent_id'],
  parent: ['parent_id'],
  ancestors: ['parent_id'],
  mergedIntoId: ['merged_into_id'],
  mergedInto: ['merged_into_id'],
  changedBy: ['changed_by'],
};

/** What of a list of questions is asked for, as knowledge takes it. */
export type QuestionSelection = Required<
  Pick<knowledgeV1.ListQuestionsRequest, 'withAnswers' | 'withTopics' | 'fields'>
>;

/** Documents come again and again, and Apollo keeps them parsed. */
const known = new WeakMap<FieldNode, QuestionSelection>();

/** What an operation selects of the rows of the connection of questions that the field is. */
export function questionSelection(info: GraphQLResolveInfo): QuestionSelection {
  const [node] = info.fieldNodes;
  const only = info.fieldNodes.length === 1;
  let selection = only ? known.get(node) : undefined;
  if (selection !== undefined) return selection;
  const questions = namesOfRows(info);
  const topics = [...namesOfRows(info, 'topic'), ...namesOfRows(info, 'label', 'topic')];
  selection = {
    withAnswers: questions.includes('answers'),
    withTopics: topics.length > 0,
    fields: {
      ofQuestions: taken(questions, ofQuestion),
      ofAnswers: taken(namesOfRows(info, 'answers'), ofAnswer),
      ofTopics: taken(topics, ofTopic),
    },
  };
  if (only) known.set(node, selection);
  return selection;
}

/** None means all: what a field takes that is not listed above is not known, and a selection of ids only says so. */
function taken(names: readonly string[], takes: Readonly<Record<string, readonly string[]>>): string[] {
  if (names.some((name) => takes[name] === undefined)) return [];
  return [...new Set(['id', ...names.flatMap((name) => takes[name])])];
}
