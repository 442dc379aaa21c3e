import { cohenKappa, krippendorffAlpha } from '@cairn/numerics';
import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { checkedId } from '../questions/checked-text.js';

export interface AnnotationRecord {
  readonly questionId: string;
  readonly annotator: string;
  readonly verdict: 'topic' | 'none' | 'skip';
  readonly topicId: string | null;
  readonly createdAt: Date;
}

export interface PairAgreement {
  readonly first: string;
  readonly second: string;
  readonly questions: number;
  readonly cohenKappa: number;
}

export interface Agreement {
  /** Labelled by two people at least. */
  readonly questions: number;
  readonly annotations: number;
  readonly annotators: number;
  /** Undefined if nothing was labelled twice. */
  readonly krippendorffAlpha?: number;
  readonly pairs: readonly PairAgreement[];
  readonly disputedQuestionIds: readonly string[];
}

const columns = `question_id AS "questionId", annotator, verdict, topic_id AS "topicId", created_at AS "createdAt"`;
/** Labels that are compared at most, the newest: enough for any figure. */
const mostAnnotations = 200_000;
const mostListed = 100;

/** What people said of a question, oldest first. */
export function listAnnotations(sql: Sql, caller: Caller, questionId: string): Promise<AnnotationRecord[]> {
  requireRole(caller, 'editor');
  return sql.rows<AnnotationRecord>(`SELECT ${columns} FROM annotation WHERE question_id = $1 ORDER BY seq`, [
    checkedId('question', questionId),
  ]);
}

/** How far people agree about the questions that several of them labelled. "No topic" is a label like any other. */
export async function readAgreement(sql: Sql, caller: Caller, sinceMs: number): Promise<Agreement> {
  requireRole(caller, 'editor');
  if (!Number.isFinite(sinceMs) || Math.abs(sinceMs) > 8e15)
    throw DomainError.invalid('since', 'Give a date, or none for all time.');
  const rows = await sql.rows<AnnotationRecord>(
    `SELECT ${columns} FROM annotation
     WHERE verdict <> 'skip' AND created_at >= $1 AND question_id IN (
       SELECT question_id FROM annotation WHERE verdict <> 'skip' AND created_at >= $1
       GROUP BY question_id HAVING count(*) > 1)
     ORDER BY seq DESC LIMIT ${mostAnnotations}`,
    [new Date(sinceMs)],
  );
  return agreementOf(rows);
}

/** @param rows labels of questions that several people labelled, newest first */
export function agreementOf(rows: readonly AnnotationRecord[]): Agreement {
  const numberOf = (numbers: Map<string, number>, name: string) => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
  const questions = new Map<string, number>();
  const labels = new Map<string, number>();
  const people = new Map<string, Map<number, number>>();
  const units = rows.map(({ questionId }) => numberOf(questions, questionId));
  const values = rows.map(({ topicId }) => numberOf(labels, topicId ?? ''));
  rows.forEach(({ annotator }, index) => {
    const said = people.get(annotator) ?? new Map<number, number>();
    people.set(annotator, said.set(units[index], values[index]));
  });
  const alpha = krippendorffAlpha(units, values);
  return {
    questions: questions.size,
    annotations: rows.length,
    annotators: people.size,
    krippendorffAlpha: Number.isNaN(alpha) ? undefined : alpha,
    pairs: pairsOf(people),
    disputedQuestionIds: disputed(rows),
  };
}

function pairsOf(people: ReadonlyMap<string, ReadonlyMap<number, number>>): PairAgreement[] {
  const names = [...people.keys()].sort();
  const pairs = names.flatMap((first, index) =>
    names.slice(index + 1).flatMap((second) => {
      const [one, other] = [people.get(first)!, people.get(second)!];
      const common = [...one.keys()].filter((question) => other.has(question));
      if (common.length === 0) return [];
      const said = (by: ReadonlyMap<number, number>) => common.map((question) => by.get(question)!);
      return [{ first, second, questions: common.length, cohenKappa: cohenKappa(said(one), said(other)) }];
    }),
  );
  return pairs.sort((a, b) => b.questions - a.questions).slice(0, mostListed);
}

function disputed(rows: readonly AnnotationRecord[]): string[] {
  const first = new Map<string, string | null>();
  const found = new Set<string>();
  for (const { questionId, topicId } of rows) {
    const said = first.get(questionId);
    if (said === undefined) first.set(questionId, topicId);
    else if (said !== topicId) found.add(questionId);
  }
  return [...found].slice(0, mostListed);
}
