import { DomainError } from '@cairn/contracts';
import { hasRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { isId } from '../questions/checked-text.js';
import type { ContentState } from '../questions/content-state.js';
import { inOrder } from '../questions/read-questions.js';

export interface AnswerRecord {
  readonly id: string;
  readonly questionId: string;
  readonly body: string;
  readonly state: ContentState;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly publishAt: Date | null;
  readonly deletedAt: Date | null;
  readonly changedBy: string;
  readonly helpful: number;
  readonly unhelpful: number;
  /** 0 to 1; 0.5 without votes. */
  readonly score: number;
  readonly flagged: boolean;
}

/** What a field of the message `Answer` takes of a row; ids and state always come. */
const columnsOfFields = {
  body: 'answer.body',
  version: 'answer.version',
  created_at_ms: 'answer.created_at AS "createdAt"',
  updated_at_ms: 'answer.updated_at AS "updatedAt"',
  publish_at_ms: 'answer.publish_at AS "publishAt"',
  deleted_at_ms: 'answer.deleted_at AS "deletedAt"',
  changed_by: 'answer.changed_by AS "changedBy"',
  helpful: 'answer.helpful',
  unhelpful: 'answer.unhelpful',
  score: 'answer.score',
  flagged: 'answer.flagged',
} as const;
export type AnswerField = keyof typeof columnsOfFields;
export const answerFields = new Set(Object.keys(columnsOfFields) as AnswerField[]);

/** An answer is seen by everybody if it is published and its question is too. */
function selectAnswers(caller: Caller, fields: ReadonlySet<AnswerField> = answerFields): string {
  const seen = hasRole(caller, 'reader') ? 'true' : `answer.state = 'published' AND question.state = 'published'`;
  const columns = [...fields].map((field) => columnsOfFields[field]);
  return `SELECT ${['answer.id, answer.question_id AS "questionId", answer.state', ...columns].join(', ')}
          FROM answer JOIN question ON question.id = answer.question_id
          WHERE ${seen}`;
}

/**
 * Answers of several questions: grouped in the order asked, within each published first, then helpful, then oldest.
 * @param fields what is wanted of them; all if absent
 */
export async function getAnswersOfQuestions(
  sql: Sql,
  caller: Caller,
  questionIds: readonly string[],
  fields?: ReadonlySet<AnswerField>,
): Promise<AnswerRecord[]> {
  return sql.rows<AnswerRecord>(
    `${selectAnswers(caller, fields)} AND answer.question_id = ANY ($1::uuid[]) AND answer.deleted_at IS NULL
     ORDER BY array_position($1::uuid[], answer.question_id), answer.state <> 'published', answer.score DESC, answer.seq`,
    [questionIds.filter(isId)],
    { keep: true },
  );
}

/** Answers by id, in the order asked; those that do not exist or may not be seen are left out. */
export async function getAnswers(sql: Sql, caller: Caller, ids: readonly string[]): Promise<AnswerRecord[]> {
  const rows = await sql.rows<AnswerRecord>(`${selectAnswers(caller)} AND answer.id = ANY ($1::uuid[])`, [
    ids.filter(isId),
  ]);
  return inOrder(rows, ids);
}

/** @throws NOT_FOUND */
export async function getAnswer(sql: Sql, caller: Caller, id: string): Promise<AnswerRecord> {
  const [answer] = await getAnswers(sql, caller, [id]);
  if (answer === undefined) throw DomainError.notFound('answer', id);
  return answer;
}
