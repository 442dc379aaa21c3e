import { DomainError, toVectors, type InferenceClient, type inferenceV1, type knowledgeV1 } from '@cairn/contracts';
import { embedFirst } from '../embedding/embed-job.js';
import type { EncoderRecord } from '../embedding/encoder-in-use.js';
import { readVectors } from '../embedding/stored-vectors.js';
import type { JobHandler, RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { followTraining } from './follow-training.js';
import { findHeadInUse, type HeadRecord } from './head-in-use.js';
import { findLabelledExamples, type LabelledExamples, type LabelledRow } from './labelled-examples.js';
import { noteExamples } from './example-notes.js';
import { judgeTrained } from './judge-trained.js';
import { promoteHead } from './promote-head.js';
import { storeHead } from './store-head.js';

const defaultSeed = 42;

/**
 * A new head from all labels of persons and imports, put in use if it was asked for and the rule says so. The same
 * labels, parameters and seed give the same head under the same id, so that a job that is run again adds nothing.
 */
export class TrainJob implements JobHandler<'train'> {
  constructor(
    private readonly database: Database,
    private readonly inference: InferenceClient,
  ) {}

  /** @throws INVALID_INPUT if the labels do not make a training */
  async run(input: knowledgeV1.TrainInput, job: RunningJob): Promise<knowledgeV1.TrainResult> {
    const encoder = await embedFirst(this.database, this.inference, job);
    const examples = await findLabelledExamples(this.database, encoder);
    const inUse = await findHeadInUse(this.database);
    const head = await this.train(input, encoder, examples, inUse, job);
    await storeHead(this.database, head, encoder, inUse, input.seed ?? defaultSeed, job);
    const notes = await noteExamples(this.database);
    const wish = {
      asked: input.promoteIfBetter,
      isObsolete: inUse !== undefined && inUse.encoder !== encoder.id,
    };
    const { promote, why, evaluation } = await judgeTrained(this.database, this.inference, head, inUse, wish, job);
    if (promote && inUse?.id !== head.id)
      await promoteHead(this.database, this.inference, head.id, why, job.context, (sql) => job.guard(sql));
    return { headId: head.id, promoted: promote, reason: why.reason, evaluationId: evaluation?.id ?? '', notes };
  }

  private async train(
    input: knowledgeV1.TrainInput,
    encoder: EncoderRecord,
    examples: LabelledExamples,
    inUse: HeadRecord | undefined,
    job: RunningJob,
  ): Promise<inferenceV1.Head> {
    const { l2, classWeights, heldOut, maxIterations, seed = defaultSeed } = input;
    const { provenance } = encoder;
    const call = this.inference.trainHead({ context: job.context, signal: job.signal });
    const classIndex = new Map(examples.topics.map((id, index) => [id, index]));
    let sent = 0;
    const send = async () => {
      const parameters = { l2, classWeights, heldOut, maxIterations, seed };
      await call.send({
        start: { parameters, provenance, classes: [...examples.topics], parentHeadId: inUse?.id ?? '' },
      });
      for await (const { rows, matrix } of readVectors<LabelledRow>(this.database, encoder, examples.selection)) {
        const indices = rows.map((row) => classIndex.get(row.topic_id)!);
        const vectors = toVectors(matrix, provenance.dimension, provenance);
        await call.send({ examples: { vectors, classIndex: indices, textKey: rows.map((row) => row.text_key) } });
        job.progress('collect', (sent += rows.length), Math.max(sent, examples.count));
      }
    };
    let head: inferenceV1.Head | undefined;
    await followTraining(call, send, ({ progress, head: trained }) => {
      if (progress != null) job.progress('train', progress.done, progress.total);
      if (trained != null) head = trained;
    });
    if (head === undefined)
      throw new DomainError('UNAVAILABLE', 'The inference service ended the training without a head.');
    return head;
  }
}
