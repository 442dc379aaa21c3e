import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { hasRole, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { pageOf, type KeysetPage } from '../persistence/keyset-page.js';
import { isId } from './checked-text.js';
import type { ContentState } from './content-state.js';
import { questionColumns, questionTables, type QuestionRecord } from './question-record.js';

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
}

const maxFilterLength = 1_000;

const verdicts = {
  known: 'verdict.unknown = false',
  unknown: 'verdict.unknown',
  unclassified: 'verdict.question_id IS NULL',
};

/** Questions that match, newest first: one statement, and one more for the total if it is asked for. */
export async function listQuestions(
  sql: Sql,
  caller: Caller,
  filter: QuestionFilter,
  page: KeysetPage,
): Promise<{ rows: QuestionRecord[]; pageInfo: knowledgeV1.PageInfo }> {
  const parameters: unknown[] = [];
  const where = conditions(caller, filter, (value) => `$${parameters.push(value)}`);
  const [counted] = page.withTotal
    ? await sql.rows<{ total: number }>(
        `SELECT count(*) AS total FROM ${questionTables} WHERE ${where.join(' AND ')}`,
        parameters,
      )
    : [];
  if (page.afterSeq !== undefined) where.push(`question.seq < $${parameters.push(page.afterSeq)}`);
  const rows = await sql.rows<QuestionRecord>(
    `SELECT ${questionColumns} FROM ${questionTables}
     WHERE ${where.join(' AND ')} ORDER BY question.seq DESC LIMIT ${page.first + 1}`,
    parameters,
  );
  return pageOf(rows, page, counted?.total);
}

/** Questions by id, in the order asked; those that do not exist or may not be seen are left out. */
export async function getQuestions(sql: Sql, caller: Caller, ids: readonly string[]): Promise<QuestionRecord[]> {
  const rows = await sql.rows<QuestionRecord>(
    `SELECT ${questionColumns} FROM ${questionTables}
     WHERE question.id = ANY ($1::uuid[]) ${hasRole(caller, 'reader') ? '' : `AND question.state = 'published'`}`,
    [ids.filter(isId)],
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

function conditions(caller: Caller, filter: QuestionFilter, parameter: (value: unknown) => string): string[] {
  const where = ['true'];
  if (!hasRole(caller, 'reader')) {
    // What the team thinks of a question could be read off the rows that match.
    if (filter.verdict || filter.source || filter.labelled !== undefined || filter.suggestionId)
      requireRole(caller, 'reader');
    where.push(`question.state = 'published'`);
  }
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
    SELECT member.question_id
    FROM suggestion JOIN clustering_member AS member
      ON member.clustering_id = suggestion.clustering_id AND member.cluster_index = suggestion.cluster_index
    WHERE suggestion.id = ${suggestionId})`;
}
