/** For specs: content that has lived through whatever a team can do with it, drawn from a list of numbers. */
import { randomUUID } from 'node:crypto';
import { DomainError } from '@cairn/contracts';
import type { Caller } from '../access/caller.js';
import { acrossSpaces } from '../access/scope.js';
import { createAnswer, setAnswerState, updateAnswer } from '../answers/change-answer.js';
import { voteOnAnswer } from '../answers/vote-on-answer.js';
import { deleteContent, undeleteContent } from '../editing/delete-content.js';
import { schedulePublication } from '../editing/schedule-publication.js';
import { importQuestions } from '../import/import-questions.js';
import { changing } from '../persistence/changing.js';
import type { Database, Sql } from '../persistence/database.js';
import { createQuestion, labelQuestion, setQuestionState, updateQuestion } from '../questions/change-question.js';
import { decideReview } from '../review/decide-review.js';
import { createTopic, updateTopic } from '../topics/change-topic.js';
import { mergeTopics } from '../topics/merge-topics.js';
import { moveTopic } from '../topics/move-topic.js';

const people = ['ada', 'ben', 'cid'];
const states = ['draft', 'review', 'published', 'archived'] as const;
const languages = ['en', 'de', 'pt-br', 'ja'];

/** A space of its own. */
export async function newSpace(database: Database): Promise<string> {
  const id = randomUUID();
  await acrossSpaces(() =>
    database.rows(`INSERT INTO space (id, slug, title) VALUES ($1, $2, 'Of a spec')`, [id, `s-${id}`]),
  );
  return id;
}

interface Row {
  readonly id: string;
  readonly version: number;
}
type Deed = (sql: Sql, caller: Caller, draw: (below: number) => number, text: string) => Promise<unknown>;

async function some(sql: Sql, table: string, draw: (below: number) => number): Promise<Row> {
  const rows = await sql.rows<Row>(`SELECT id, version FROM ${table} ORDER BY seq`);
  if (rows.length === 0) throw DomainError.notFound(table, 'any');
  return rows[draw(rows.length)];
}
const seen = ({ id, version }: Row) => ({ id, expectedVersion: version });

const deeds: readonly Deed[] = [
  (sql, caller, draw, text) =>
    createQuestion(sql, caller, {
      text: `What of ${text}?`,
      tags: [['a'], ['b; c', text.slice(0, 20) || 'x'], []][draw(3)],
      topicId: '',
      state: draw(2) === 0 ? 'draft' : 'incoming',
      idempotencyKey: '',
      language: languages[draw(languages.length)],
    }),
  (sql, caller, _draw, text) =>
    createTopic(sql, caller, { title: `Topic ${text}`.slice(0, 100), slug: '', description: text, parentId: '' }),
  async (sql, caller, draw, text) =>
    createAnswer(sql, caller, {
      questionId: (await some(sql, 'question', draw)).id,
      body: `# So\n\n${text}`,
      idempotencyKey: '',
    }),
  async (sql, caller, draw, text) =>
    updateQuestion(sql, caller, {
      ...seen(await some(sql, 'question', draw)),
      text: `And now ${text}?`,
      ...(draw(3) === 0 && { slug: `address-${draw(50)}` }),
    }),
  async (sql, caller, draw) =>
    setQuestionState(sql, caller, { ...seen(await some(sql, 'question', draw)), state: states[draw(4)] }),
  async (sql, caller, draw) =>
    setAnswerState(sql, caller, { ...seen(await some(sql, 'answer', draw)), state: states[draw(4)] }),
  async (sql, caller, draw, text) =>
    updateAnswer(sql, caller, { ...seen(await some(sql, 'answer', draw)), body: `Better: ${text}` }),
  async (sql, caller, draw) =>
    labelQuestion(sql, caller, {
      ...seen(await some(sql, 'question', draw)),
      topicId: draw(4) === 0 ? '' : (await some(sql, 'topic', draw)).id,
    }),
  async (sql, caller, draw, text) =>
    voteOnAnswer(sql, caller, {
      answerId: (await some(sql, `(SELECT * FROM answer WHERE state = 'published') AS answer`, draw)).id,
      helpful: draw(2) === 0,
      comment: draw(2) === 0 ? text : '',
      voter: `visitor ${draw(5)}`,
    }),
  async (sql, caller, draw) => {
    const kind = draw(2) === 0 ? 'question' : 'answer';
    return deleteContent(sql, caller, { kind, ...seen(await some(sql, kind, draw)) });
  },
  async (sql, caller, draw) => {
    const kind = draw(2) === 0 ? 'question' : 'answer';
    return undeleteContent(sql, caller, { kind, ...seen(await some(sql, kind, draw)) });
  },
  async (sql, caller, draw) => {
    const kind = draw(2) === 0 ? 'question' : 'answer';
    const at = new Date(Date.now() + 1_000_000 + draw(1_000_000));
    return schedulePublication(sql, caller, { kind, ...seen(await some(sql, kind, draw)) }, at);
  },
  async (sql, caller, draw) =>
    moveTopic(sql, caller, { ...seen(await some(sql, 'topic', draw)), parentId: (await some(sql, 'topic', draw)).id }),
  async (sql, caller, draw) =>
    mergeTopics(sql, caller, { ...seen(await some(sql, 'topic', draw)), intoId: (await some(sql, 'topic', draw)).id }),
  async (sql, caller, draw, text) =>
    updateTopic(sql, caller, {
      ...seen(await some(sql, 'topic', draw)),
      title: `Renamed ${text}`.slice(0, 100),
      ...(draw(2) === 0 && { slug: `topic-${draw(20)}` }),
    }),
];

/** Lives a life in the space of the present scope. What is refused on the way is passed over. */
export async function live(
  database: Database,
  steps: readonly { readonly numbers: readonly number[]; readonly text: string }[],
): Promise<void> {
  for (const { numbers, text } of steps) {
    let drawn = 0;
    const draw = (below: number) => numbers[drawn++ % numbers.length] % below;
    const caller: Caller = { requestId: 'life', actor: people[draw(people.length)], role: 'admin' };
    const kind = draw(deeds.length + 3);
    try {
      if (kind < deeds.length) await changing(database, caller, (sql) => deeds[kind](sql, caller, draw, text));
      else if (kind === deeds.length) await importRow(database, caller, draw, text);
      else await review(database, caller, draw);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }
}

function importRow(database: Database, caller: Caller, draw: (below: number) => number, text: string) {
  const row = {
    line: 1,
    externalId: `row-${draw(6)}`,
    text: `Imported ${text}`,
    answer: draw(2) === 0 ? `From a file: ${text}` : '',
    topic: draw(2) === 0 ? `given-${draw(4)}` : '',
    tags: [],
  };
  return importQuestions(database, caller, { source: 'a file', rows: [row], topics: [], dryRun: false });
}

async function review(database: Database, caller: Caller, draw: (below: number) => number): Promise<void> {
  const question = await some(database, 'question', draw);
  const topicId = draw(2) === 0 ? (await some(database, 'topic', draw)).id : '';
  await decideReview(database, caller, [
    {
      questionId: question.id,
      expectedVersion: question.version,
      verdict: topicId === '' ? 'skip' : 'topic',
      topicId,
    },
  ]);
}
