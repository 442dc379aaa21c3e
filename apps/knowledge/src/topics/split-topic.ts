import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { lockVersion } from '../persistence/lock-version.js';
import { isId } from '../questions/checked-text.js';
import { writeLabels } from '../questions/effective-label.js';
import { createTopic } from './change-topic.js';
import { before, countLabels, rememberOperation } from './topic-operation.js';
import { lockTree, type TopicRow } from './topic-tree.js';

export interface SplitPart {
  readonly title: string;
  /** Empty: made from the title. */
  readonly slug: string;
  readonly description: string;
  readonly questionIds: readonly string[];
}

const maxParts = 50;
const maxQuestions = 10_000;

/**
 * Makes new topics beside (or below) a topic and labels some of its questions with them, as a person's labels. Run it
 * inside a transaction.
 * @returns the operation's id
 * @throws INVALID_INPUT naming the part whose questions do not belong to the topic
 */
export async function splitTopic(
  sql: Sql,
  caller: Caller,
  split: { id: string; expectedVersion: number; parts: readonly SplitPart[]; asChildren: boolean },
): Promise<string> {
  requireRole(caller, 'admin');
  const { parts } = split;
  if (parts.length < 1 || parts.length > maxParts)
    throw DomainError.invalid('parts', `A topic is split into 1 to ${maxParts} new ones; got ${parts.length}.`);
  const questionIds = parts.flatMap((part) => part.questionIds);
  if (questionIds.length > maxQuestions)
    throw DomainError.invalid('parts', `At most ${maxQuestions} questions go at once; got ${questionIds.length}.`);
  if (new Set(questionIds.map((id) => id.toLowerCase())).size < questionIds.length)
    throw DomainError.invalid('parts', 'A question can go into one of the new topics only; one is named twice.');
  await lockTree(sql);
  const topic = await lockVersion<TopicRow>(sql, 'topic', split.id, split.expectedVersion);
  await checkMembers(sql, topic, parts);
  const made: string[] = [];
  for (const { title, slug, description } of parts) {
    const parentId = split.asChildren ? topic.id : (topic.parent_id ?? undefined);
    made.push(await createTopic(sql, caller, { title, slug: slug || undefined, description, parentId }));
  }
  const operation = await rememberOperation(sql, caller, {
    kind: 'split',
    topicId: topic.id,
    before: [before(topic)],
    targetIds: made,
  });
  const topicIds = parts.flatMap((part, index) => part.questionIds.map(() => made[index]));
  await sql.rows(
    `INSERT INTO topic_operation_label (operation_id, question_id, said_by, from_topic, to_topic)
     SELECT $1, moved.question_id, 'person', label.topic_id, moved.topic_id
     FROM unnest($2::uuid[], $3::uuid[]) AS moved (question_id, topic_id)
     LEFT JOIN label ON label.question_id = moved.question_id AND label.said_by = 'person'`,
    [operation, questionIds, topicIds],
  );
  await countLabels(sql, operation);
  await writeLabels(sql, { questionIds, topicIds, saidBy: 'person', actor: actorOf(caller) });
  // The topic has changed too: who has seen it before the split has to look again.
  await sql.rows(`UPDATE topic SET version = version + 1, updated_at = now() WHERE id = $1`, [topic.id]);
  return operation;
}

async function checkMembers(sql: Sql, topic: TopicRow, parts: readonly SplitPart[]): Promise<void> {
  for (const [index, { questionIds }] of parts.entries()) {
    const members = await sql.rows<{ id: string }>(
      `SELECT id FROM question WHERE topic_id = $1 AND id = ANY ($2::uuid[])`,
      [topic.id, questionIds.filter(isId)],
    );
    const found = new Set(members.map(({ id }) => id));
    const stranger = questionIds.find((id) => !found.has(id.toLowerCase()));
    if (stranger !== undefined)
      throw DomainError.invalid(
        `parts.${index}.questionIds`,
        `The question "${stranger}" does not belong to "${topic.title}"; leave it out.`,
      );
  }
}
