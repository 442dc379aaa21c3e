import { DomainError } from '@cairn/contracts';
import { hasRole, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { readPage, readPagesOfParents, type KeysetList, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import { suggestionQuestions } from '../suggestions/read-suggestions.js';
import { checkedLanguage, checkedParents, checkedTags, isId } from './checked-text.js';
import type { ContentState } from './content-state.js';
import {
  questionSource,
  topicColumns,
  type QuestionField,
  type QuestionRecord,
  type QuestionSource,
  type TopicColumns,
  type TopicField,
} from './question-record.js';

export interface QuestionFilter {
  /** Empty: all. */
  readonly states: readonly ContentState[];
  readonly topicId?: string;
  readonly verdict?: 'known' | 'unknown' | 'unclassified';
  readonly source?: string;
  /** Whether a person or an import has labelled it. */
  readonly labelled?: boolean;
  readonly suggestionId?: string;
  /** Every word occurs in the text. */
  readonly text?: string;
  readonly language?: string;
  /** Has one of them; empty: whatever tags. */
  readonly tags?: readonly string[];
  /** Only what is deleted; otherwise nothing that is. */
  readonly deleted?: boolean;
  /** Only what has a date of publishing. */
  readonly scheduled?: boolean;
}

const sourceFor = (caller: Caller, fields?: ReadonlySet<QuestionField>): QuestionSource =>
  questionSource(hasRole(caller, 'reader'), fields);
const ordered = 'question';

const maxFilterLength = 1_000;

const verdicts = {
  known: 'verdict.unknown = false',
  unknown: 'verdict.unknown',
  unclassified: 'verdict.question_id IS NULL',
};

/**
 * Questions that match, newest first: one statement, and one more for the total if it is asked for.
 * @param fields what is wanted of them; all if absent
 */
export async function listQuestions(
  sql: Sql,
  caller: Caller,
  filter: QuestionFilter,
  page: KeysetPage,
  fields?: ReadonlySet<QuestionField>,
): Promise<PageOfRows<QuestionRecord>> {
  return readPage(sql, listOf(caller, filter, sourceFor(caller, fields)), page);
}

/** The same, each with the topic of its label. */
export async function listQuestionsWithTopics(
  sql: Sql,
  caller: Caller,
  filter: QuestionFilter,
  page: KeysetPage,
  fields?: ReadonlySet<QuestionField>,
  ofTopic?: ReadonlySet<TopicField>,
): Promise<PageOfRows<QuestionRecord & TopicColumns>> {
  const { columns, tables } = sourceFor(caller, fields && new Set([...fields, 'label']));
  return readPage(sql, listOf(caller, filter, { columns: `${columns}, ${topicColumns(ofTopic)}`, tables }), page);
}

function listOf(caller: Caller, filter: QuestionFilter, source: QuestionSource): KeysetList {
  const parameters: unknown[] = [];
  const where = conditions(caller, filter, (value) => `$${parameters.push(value)}`);
  return { ...source, ordered, where, parameters };
}

/** Topics whose questions are read, or suggestions whose members are. */
export interface QuestionParents {
  readonly topicIds: readonly string[];
  readonly suggestionIds: readonly string[];
}

/**
 * The same page of the questions of several topics, or of several suggestions, in the order asked: as many statements
 * as for one.
 * @throws INVALID_INPUT if both are given, or more than 500; UNAUTHENTICATED for suggestions without a role
 */
export async function listQuestionsOfParents(
  sql: Sql,
  caller: Caller,
  { topicIds, suggestionIds }: QuestionParents,
  page: KeysetPage,
): Promise<PageOfRows<QuestionRecord>[]> {
  if (topicIds.length > 0 && suggestionIds.length > 0)
    throw DomainError.invalid('suggestionIds', 'Give topics or suggestions, not both.');
  const ofTopics = suggestionIds.length === 0;
  if (!ofTopics) requireRole(caller, 'reader');
  const parents = ofTopics ? checkedParents(topicIds, 'topicIds') : checkedParents(suggestionIds, 'suggestionIds');
  const where = [
    ...seenBy(caller),
    'question.deleted_at IS NULL',
    ofTopics ? 'question.topic_id = parent.id' : memberOf('parent.id'),
  ];
  return readPagesOfParents(sql, { ...sourceFor(caller), ordered, where, parameters: [] }, parents, page);
}

/** Questions by id, deleted ones too, in the order asked; those that do not exist or may not be seen are left out. */
export async function getQuestions(sql: Sql, caller: Caller, ids: readonly string[]): Promise<QuestionRecord[]> {
  const { columns, tables } = sourceFor(caller);
  const rows = await sql.rows<QuestionRecord>(
    `SELECT ${columns} FROM ${tables}
     WHERE ${['question.id = ANY ($1::uuid[])', ...seenBy(caller)].join(' AND ')}`,
    [ids.filter(isId)],
    { keep: true },
  );
  return inOrder(rows, ids);
}

/** @throws NOT_FOUND */
export async function getQuestion(sql: Sql, caller: Caller, id: string): Promise<QuestionRecord> {
  const [question] = await getQuestions(sql, caller, [id]);
  if (question === undefined) throw DomainError.notFound('question', id);
  return question;
}

/** Rows in the order of `ids`, without gaps; an id that is asked for twice comes twice. */
export function inOrder<Row extends { id: string }>(rows: readonly Row[], ids: readonly string[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []);
}

/** Without a role: what is published. */
function seenBy(caller: Caller): string[] {
  return hasRole(caller, 'reader') ? ['true'] : [`question.state = 'published'`];
}

function conditions(caller: Caller, filter: QuestionFilter, parameter: (value: unknown) => string): string[] {
  // What the team thinks of a question could be read off the rows that match.
  if (filter.verdict || filter.source || filter.labelled !== undefined || filter.suggestionId || filter.scheduled)
    requireRole(caller, 'reader');
  if (filter.deleted) requireRole(caller, 'editor');
  const where = [...seenBy(caller), `question.deleted_at IS ${filter.deleted ? 'NOT' : ''} NULL`];
  if (filter.language) where.push(`question.language = ${parameter(checkedLanguage(filter.language))}`);
  if (filter.tags?.length) where.push(`question.tags && ${parameter(checkedTags(filter.tags))}::text[]`);
  if (filter.scheduled) where.push('question.publish_at IS NOT NULL');
  if (filter.states.length > 0) where.push(`question.state = ANY (${parameter(filter.states)}::text[])`);
  if (filter.topicId) where.push(isId(filter.topicId) ? `question.topic_id = ${parameter(filter.topicId)}` : 'false');
  if (filter.verdict) where.push(verdicts[filter.verdict]);
  if (filter.source) where.push(`question.source = ${parameter(filter.source)}`);
  if (filter.labelled !== undefined)
    where.push(`(coalesce(question.topic_said_by, 'model') <> 'model') = ${parameter(filter.labelled)}`);
  if (filter.suggestionId) where.push(isId(filter.suggestionId) ? memberOf(parameter(filter.suggestionId)) : 'false');
  if (filter.text) {
    if (filter.text.length > maxFilterLength || filter.text.includes('\0'))
      throw DomainError.invalid('text', 'The words to look for have at most 1,000 characters and no NUL.');
    where.push(`question.search @@ plainto_tsquery('english', ${parameter(filter.text)})`);
  }
  return where;
}

function memberOf(suggestionId: string): string {
  return `question.id IN (
    SELECT question_id FROM ${suggestionQuestions} WHERE suggestion_id = ${suggestionId})`;
}
