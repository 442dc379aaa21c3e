import { DomainError, type InferenceClient, type inferenceV1, type knowledgeV1 } from '@cairn/contracts';
import type { JobHandler, RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { followTraining } from './follow-training.js';
import { findHeadInUse, type HeadRecord } from './head-in-use.js';
import { promoteEncoder, registerTrained } from './promote-encoder.js';
import { noteExamples } from './example-notes.js';
import { judgeTrained } from './judge-trained.js';
import { bareTexts, findKnownTopics, findLabelledTopics, labelledTexts, questionTexts } from './training-texts.js';
import { storeHead } from './store-head.js';

const defaultSeed = 42;
const withTopics = ['', 'classes', 'contrastive'];

/**
 * A new encoder from the one in use: fine-tuned on the labels, with a head; on clusters of all questions, with a head if
 * there are labels; or pre-trained on bare texts. The same job
 * again goes on from inference's last checkpoint.
 */
export class FineTuneJob implements JobHandler<'fineTune'> {
  constructor(
    private readonly database: Database,
    private readonly inference: InferenceClient,
  ) {}

  /** @throws INVALID_INPUT if there is nothing to train on, or inference refuses the encoder or a setting */
  async run(input: knowledgeV1.FineTuneInput, job: RunningJob<'fineTune'>): Promise<knowledgeV1.FineTuneJobResult> {
    const inUse = await findHeadInUse(this.database);
    const trained = await this.train(input, inUse, job);
    const { model, head, steps, seconds, notes, history } = trained;
    if (input.objective === 'clusters' && trained.stoppedEarly)
      job.log('info', `Clusters were settled after ${history.length} ${history.length === 1 ? 'epoch' : 'epochs'}.`);
    const encoder = await registerTrained(this.database, model!, job);
    if (head != null) await storeHead(this.database, head, encoder, inUse, input.seed ?? defaultSeed, job);
    // Inference names topics by their ids, which tell people nothing.
    const said = withTopics.includes(input.objective) || head != null ? await noteExamples(this.database) : notes;
    const wish = { asked: input.promoteIfBetter, isObsolete: false };
    const judgement = head && (await judgeTrained(this.database, this.inference, head, inUse, wish, job));
    if (judgement?.promote) await promoteEncoder(this.database, this.inference, encoder, head!.id, judgement.why, job);
    const { evaluation } = judgement ?? {};
    const noHead = 'without a head there is nothing to compare: fine-tune on topics next';
    return {
      encoderId: model!.id,
      encoderRevision: model!.revision,
      headId: head?.id ?? '',
      promoted: judgement?.promote ?? false,
      reason: judgement?.why.reason ?? noHead,
      ...{ steps, seconds, notes: said },
      accuracy: evaluation?.figures.head?.accuracy ?? head?.figures?.accuracy,
      accuracyInUse: evaluation?.figures.against?.accuracy ?? inUse?.figures.figures?.accuracy,
      evaluationId: evaluation?.id ?? '',
    };
  }

  private async train(
    input: knowledgeV1.FineTuneInput,
    inUse: HeadRecord | undefined,
    job: RunningJob,
  ): Promise<inferenceV1.FineTuneResult> {
    const { output, model = '', promoteIfBetter: _promote, ...parameters } = input;
    const ofClusters = input.objective === 'clusters';
    const labels = withTopics.includes(input.objective)
      ? await findLabelledTopics(this.database)
      : ofClusters
        ? await findKnownTopics(this.database)
        : undefined;
    const call = this.inference.fineTune({ context: job.context, signal: job.signal });
    const send = async () => {
      const start = {
        parameters: { ...parameters, seed: input.seed ?? defaultSeed },
        model,
        output: output || `fine-tuned-${job.id.slice(0, 8)}`,
        // A name made from the job's id is this job's: an earlier attempt may have left it.
        replace: output === '',
        classes: labels?.topics ?? [],
        parentHeadId: labels === undefined ? '' : (inUse?.id ?? ''),
      };
      await call.send({ start });
      for await (const examples of this.examples(labels?.topics, ofClusters)) await call.send({ examples });
    };
    let result: inferenceV1.FineTuneResult | undefined;
    let told = 0;
    await followTraining(call, send, (message) => {
      if (message.progress != null) job.progress(message.progress.stage, message.progress.done, message.progress.total);
      const { epoch = 0, changed } = message.progress ?? {};
      if (changed != null && epoch > told) {
        told = epoch;
        job.log('info', `Epoch ${epoch + 1}: ${(100 * changed).toFixed(1)} % of the questions have another cluster.`);
      }
      if (message.result != null) result = message.result;
    });
    if (result?.model == null)
      throw new DomainError('UNAVAILABLE', 'The inference service ended the training without an encoder.');
    return result;
  }

  private async *examples(
    topics: readonly string[] | undefined,
    ofClusters: boolean,
  ): AsyncGenerator<Partial<inferenceV1.TrainingTexts>> {
    if (topics === undefined) {
      for await (const texts of bareTexts(this.database)) yield { texts };
      return;
    }
    const classIndex = new Map(topics.map((id, index) => [id, index]));
    if (ofClusters) {
      for await (const page of questionTexts(this.database))
        yield {
          texts: page.map(({ text }) => text),
          classIndex: page.map(({ topic_id: id }) => (id === null ? -1 : (classIndex.get(id) ?? -1))),
          textKey: page.map((row) => row.text_key),
        };
      return;
    }
    for await (const page of labelledTexts(this.database)) {
      // A topic that was made meanwhile is for the next training.
      const known = page.filter(({ topic_id }) => classIndex.has(topic_id));
      yield {
        texts: known.map(({ text }) => text),
        classIndex: known.map((row) => classIndex.get(row.topic_id)!),
        textKey: known.map((row) => row.text_key),
      };
    }
  }
}
