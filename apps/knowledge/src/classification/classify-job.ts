import { DomainError, toVectors, type InferenceClient, type inferenceV1, type knowledgeV1 } from '@cairn/contracts';
import { embedFirst } from '../embedding/embed-job.js';
import { countVectors, readVectors, type VectorPage, type VectorSelection } from '../embedding/stored-vectors.js';
import type { JobHandler, RunningJob } from '../jobs/job-handler.js';
import { streamInWindow } from '../jobs/windowed-stream.js';
import type { Database } from '../persistence/database.js';
import { findHeadInUse, type HeadRecord } from '../training/head-in-use.js';
import { storeVerdicts, type Verdict } from './store-verdicts.js';

/**
 * What the head in use says of every question that it has not seen, or not with its present text. Works on stored
 * vectors: no text is encoded twice. Verdicts become labels said by the model (see store-verdicts.ts).
 */
export class ClassifyJob implements JobHandler<'classify'> {
  constructor(
    private readonly database: Database,
    private readonly inference: InferenceClient,
  ) {}

  /** @throws INVALID_INPUT if there is no head in use, or it reads vectors of another encoder */
  async run({ again }: knowledgeV1.ClassifyInput, job: RunningJob<'classify'>): Promise<knowledgeV1.ClassifyResult> {
    const head = await findHeadInUse(this.database);
    if (head === undefined)
      throw DomainError.invalid('input', 'There is no head in use: train one first, then classify.');
    const encoder = await embedFirst(this.database, this.inference, job);
    if (encoder.id !== head.encoder)
      throw DomainError.invalid(
        'input',
        `The head in use reads vectors of another encoder than "${encoder.provenance.encoderId}": train a new head first.`,
      );
    const selection = unseenBy(head, again ? job.id : null);
    const total = await countVectors(this.database, encoder, selection);
    job.progress('classify', 0, total);
    const result = { ...(job.earlier ?? { classified: 0, unknown: 0 }) };
    let done = 0;
    await streamInWindow<VectorPage<unknown>, inferenceV1.ClassifyRequest, inferenceV1.ClassifyResponse>({
      call: this.inference.classifyStream({ context: job.context, signal: job.signal }),
      items: readVectors(this.database, encoder, selection),
      window: 2,
      toRequest: ({ matrix }) => ({
        vectors: toVectors(matrix, encoder.provenance.dimension, encoder.provenance),
        headId: head.id,
        topK: 1,
      }),
      onAnswer: async (page, response) => {
        const verdicts = verdictsOf(page, response);
        result.classified += verdicts.length;
        result.unknown += verdicts.filter(({ unknown }) => unknown).length;
        await storeVerdicts(this.database, head.id, verdicts, (sql) => job.guard(sql, result));
        done += verdicts.length;
        job.progress('classify', done, Math.max(total, done));
      },
    });
    return result;
  }
}

/** @param again the job that looks at all questions again; what it has stored already is not looked at twice */
function unseenBy(head: HeadRecord, again: string | null): VectorSelection {
  return {
    joins: 'LEFT JOIN classification c ON c.question_id = q.id',
    where: `q.state <> 'archived' AND (c.question_id IS NULL OR c.head_id <> $4 OR c.text_hash <> e.text_hash
      OR c.created_at < (SELECT started_at FROM job WHERE job.id = $5))`,
    parameters: [head.id, again],
  };
}

function verdictsOf(page: VectorPage<unknown>, response: inferenceV1.ClassifyResponse): Verdict[] {
  const [error] = response.errors;
  if (error !== undefined) throw new Error(`A stored vector could not be classified: ${error.message}`);
  if (response.classifications.length !== page.rows.length)
    throw new Error('Inference answered with another number of classifications.');
  return page.rows.map(({ id, text_hash: textHash }, row) => {
    const { unknown, classes } = response.classifications[row];
    return { questionId: id, textHash, unknown, topicId: classes[0].label, confidence: classes[0].probability };
  });
}
