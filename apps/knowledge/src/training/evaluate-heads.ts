import { DomainError, type InferenceClient, type inferenceV1 } from '@cairn/contracts';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database, Sql } from '../persistence/database.js';
import { followTraining } from './follow-training.js';
import { textKey } from './text-key.js';
import { labelled } from './training-texts.js';

const pageSize = 1024;
/** Examples kept that two heads say different things of. */
const keptChanges = 5000;

/** What an evaluation came to, as it is stored. */
export interface StoredEvaluation {
  readonly id: string;
  /** `changes` is empty: they are rows of their own. */
  readonly figures: inferenceV1.Evaluation;
}

interface LabelledQuestion {
  readonly seq: number;
  readonly id: string;
  readonly text: string;
  readonly topic_id: string;
  readonly text_key: number;
}

/**
 * Measures a head on all labels that it, and the one it is compared with, have not learned from, and stores what came of
 * it under the job.
 * @param againstId undefined: it is measured alone
 * @throws INVALID_INPUT if one of them kept no record of its training, or no label is left
 */
export async function evaluateHeads(
  database: Database,
  inference: InferenceClient,
  headId: string,
  againstId: string | undefined,
  job: Pick<RunningJob, 'id' | 'context' | 'signal' | 'progress' | 'guard'>,
): Promise<StoredEvaluation> {
  const call = inference.evaluate({ context: job.context, signal: job.signal });
  const sent: Pick<LabelledQuestion, 'id' | 'text'>[] = [];
  const send = async () => {
    await call.send({ start: { headId, againstHeadId: againstId ?? '', maxChanges: keptChanges } });
    for await (const page of labelledQuestions(database)) {
      // Texts are kept for the changed examples alone, of which there are few; ids tell them apart.
      for (const { id, text } of page) sent.push({ id, text });
      await call.send({
        examples: {
          texts: page.map(({ text }) => text),
          labels: page.map((row) => row.topic_id),
          textKey: page.map((row) => row.text_key),
        },
      });
    }
  };
  job.progress('evaluate', 0, 0);
  let result: inferenceV1.Evaluation | undefined;
  await followTraining(call, send, (message) => {
    if (message.progress != null) job.progress('evaluate', message.progress.done, message.progress.total);
    if (message.result != null) result = message.result;
  });
  if (result === undefined)
    throw new DomainError('UNAVAILABLE', 'The inference service ended the evaluation without a result.');
  const { changes, ...figures } = result;
  // Progress that came while the connection was busy was dropped; the end is told in any case.
  const measured = figures.examples + figures.strangers;
  job.progress('evaluate', measured, measured);
  const id = await database.transaction(async (sql) => {
    await job.guard(sql);
    return store(sql, job.id, headId, againstId, { ...figures, changes: [] }, changes, sent);
  });
  return { id, figures: { ...figures, changes: [] } };
}

async function* labelledQuestions(database: Database): AsyncGenerator<LabelledQuestion[]> {
  let after = 0;
  for (;;) {
    const page = await database.rows<LabelledQuestion>(
      `SELECT q.seq, q.id, q.text, q.topic_id, ${textKey} AS text_key ${labelled} AND q.seq > $1
       ORDER BY q.seq LIMIT $2`,
      [after, pageSize],
    );
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    after = page[page.length - 1].seq;
  }
}

/** One for each job: a job that is run again replaces its own. */
async function store(
  sql: Sql,
  jobId: string,
  headId: string,
  againstId: string | undefined,
  figures: inferenceV1.Evaluation,
  changes: readonly inferenceV1.ChangedExample[],
  sent: readonly Pick<LabelledQuestion, 'id' | 'text'>[],
): Promise<string> {
  await sql.rows('DELETE FROM evaluation WHERE job_id = $1', [jobId]);
  const [{ id }] = await sql.rows<{ id: string }>(
    'INSERT INTO evaluation (job_id, head_id, against_id, figures) VALUES ($1, $2, $3, $4) RETURNING id',
    [jobId, headId, againstId ?? null, JSON.stringify(figures)],
  );
  await sql.rows(
    `INSERT INTO evaluation_change (evaluation_id, seq, question_id, text, topic_id, said_against, said,
       confidence_against, confidence, change)
     SELECT $1, place, given.question_id, given.text, given.topic_id, said_against, said, confidence_against, confidence,
       change
     FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::real[], $8::real[], $9::text[])
       WITH ORDINALITY AS given (question_id, text, topic_id, said_against, said, confidence_against, confidence,
         change, place)
     JOIN question ON question.id = given.question_id`,
    [
      id,
      changes.map(({ index }) => sent[index].id),
      changes.map(({ index }) => sent[index].text),
      changes.map(({ label }) => label || null),
      changes.map(({ saidAgainst }) => saidAgainst || null),
      changes.map(({ said }) => said || null),
      changes.map(({ confidenceAgainst }) => confidenceAgainst),
      changes.map(({ confidence }) => confidence),
      changes.map(({ change }) => change),
    ],
  );
  return id;
}
