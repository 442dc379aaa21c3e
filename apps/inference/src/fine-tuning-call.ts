/** inference.v1.FineTune: examples in, progress and a new encoder with its head out. */
import { DomainError, type inferenceV1 } from '@cairn/contracts';
import type { DuplexHandling } from '@cairn/service-kit';
import { provenanceOf, resolveSpec } from './encoder/resolve-spec.js';
import { fineTune, type FineTuneResult } from './finetune/fine-tune.js';
import { headParameters, type FineTuningProgress } from './finetune/fine-tuning.js';
import { describeNotes } from './finetune/lineage.js';
import { settingsOfRequest } from './finetune/request-settings.js';
import { defaultSettings } from './finetune/training-settings.js';
import { checkKeys } from './heads/head-training.js';
import type { DeviceChoice } from './encoder/devices.js';
import type { HeadStore, StoredHead } from './heads/head-store.js';
import type { Encoders } from './model-store/encoders.js';
import { readModelFolder } from './model-store/model-folder.js';

type Handling = DuplexHandling<inferenceV1.FineTuneRequest, inferenceV1.FineTuneResponse>;

/** Texts of one training: what fits into memory with room to spare. */
const maxExamples = 2_000_000;

/** Where models lie, and where trainings compute. */
export interface ModelFolders {
  readonly store: string;
  readonly bundled: string;
  readonly device: DeviceChoice;
}

/** What a FineTune call gave: the examples of all its messages. */
interface CollectedExamples {
  readonly start: inferenceV1.FineTuneStart;
  readonly texts: string[];
  readonly classIndex: number[];
  readonly partners: string[];
  readonly keys: number[];
}

/**
 * Collects the examples of a call.
 * @throws INVALID_INPUT for messages out of order, or that do not fit together
 */
async function collect(requests: AsyncIterable<inferenceV1.FineTuneRequest>): Promise<CollectedExamples> {
  let start: inferenceV1.FineTuneStart | undefined;
  const texts: string[] = [];
  const classIndex: number[] = [];
  const partners: string[] = [];
  const keys: number[] = [];
  for await (const message of requests) {
    if (message.start != null) {
      if (start !== undefined) throw DomainError.invalid('start', 'A training starts once.');
      start = message.start;
      settingsOfRequest(start.parameters ?? {}); // refused before anything is sent for nothing
    } else if (message.examples != null) {
      if (start === undefined) throw DomainError.invalid('start', 'Send `start` before any examples.');
      const given = message.examples;
      for (const [field, list] of [['class_index', given.classIndex] as const, ['partners', given.partners] as const])
        if (list.length > 0 && list.length !== given.texts.length)
          throw DomainError.invalid(
            field,
            `There are ${given.texts.length} texts and ${list.length} of ${field}; give one for each.`,
          );
      const least = start.parameters?.objective === 'clusters' ? -1 : 0;
      const wrong = given.classIndex.find((index) => !(index >= least && index < start!.classes.length));
      if (wrong !== undefined)
        throw DomainError.invalid(
          'class_index',
          `Class index ${wrong} is outside the ${start.classes.length} classes.`,
        );
      checkKeys(given.textKey, given.texts.length);
      if (texts.length > 0 && given.textKey.length > 0 !== keys.length > 0)
        throw DomainError.invalid('text_key', 'Give a key for every text, or for none.');
      if (texts.length + given.texts.length > maxExamples)
        throw DomainError.invalid('texts', `There are more than ${maxExamples} texts; train on a sample of them.`);
      for (const text of given.texts) texts.push(text);
      for (const index of given.classIndex) classIndex.push(index);
      for (const partner of given.partners) partners.push(partner);
      for (const key of given.textKey) keys.push(key);
    }
  }
  if (start === undefined) throw DomainError.invalid('start', 'Send `start` before any examples.');
  return { start, texts, classIndex, partners, keys };
}

/**
 * Runs one training.
 * @param describe a head, or an encoder of the store, as the contract says it
 */
export async function answerFineTune(
  { requests, send, signal }: Handling,
  { encoders, heads, folders }: { encoders: Encoders; heads: HeadStore; folders: ModelFolders },
  describe: { model(id: string): Promise<inferenceV1.Model>; head(head: StoredHead): Promise<inferenceV1.Head> },
): Promise<void> {
  const { start, texts, classIndex, partners, keys } = await collect(requests);
  const settings = settingsOfRequest(start.parameters ?? {});
  const { path } = await encoders.get(start.model);
  // Progress is dropped, not queued, while the client reads slowly.
  let sending: Promise<void> | undefined;
  const report = (progress: FineTuningProgress) => {
    sending ??= send({ progress: toProgress(progress) })
      .catch(() => {})
      .finally(() => (sending = undefined));
  };
  const result = await fineTune(
    {
      ...{ source: path, output: start.output, store: folders.store, bundled: folders.bundled, replace: start.replace },
      device: folders.device,
      examples: {
        texts,
        ...(start.classes.length > 0 && {
          classes: start.classes,
          labels: classIndex.map((index) => (index < 0 ? '' : start.classes[index])),
        }),
        ...(partners.length > 0 && { partners }),
        ...(keys.length > 0 && { keys }),
      },
      settings,
    },
    report,
    signal,
  );
  await sending;
  const head = result.head && (await storeHead(result, heads, start.parentHeadId));
  const model = await describe.model(result.id);
  await send({ result: toResult(result, model, head && (await describe.head(head))) });
}

async function storeHead(result: FineTuneResult, heads: HeadStore, parentHeadId: string): Promise<StoredHead> {
  const folder = await readModelFolder(result.folder);
  const spec = resolveSpec({}, folder, true);
  const provenance = { encoderId: result.id, revision: result.revision, ...provenanceOf(spec, folder.layers) };
  const settings = { ...defaultSettings, ...result.lineage.settings };
  return heads.put(result.head!, provenance, headParameters(settings), parentHeadId);
}

function toProgress(progress: FineTuningProgress): inferenceV1.FineTuneProgress {
  const none = { done: 0, total: 0, loss: 0, learningRate: 0, tokensPerSecond: 0, etaSeconds: 0, epoch: 0 };
  if (progress.stage !== 'train') return { ...none, ...progress };
  const { step: done, totalSteps: total, loss, learningRate, tokensPerSecond, etaSeconds, epoch, changed } = progress;
  return { stage: 'train', done, total, loss, learningRate, tokensPerSecond, etaSeconds, epoch, changed };
}

function toResult(
  { lineage, notes, trainExamples, heldOutExamples, trainedWeights, outcome }: FineTuneResult,
  model: inferenceV1.Model,
  head: inferenceV1.Head | undefined,
): inferenceV1.FineTuneResult {
  return {
    model,
    head,
    parentId: lineage.parent.id,
    parentRevision: lineage.parent.revision,
    dataHash: lineage.data.hash,
    ...{ trainExamples, heldOutExamples, trainedWeights },
    steps: outcome.steps,
    keptStep: outcome.keptStep,
    stoppedEarly: outcome.stoppedEarly,
    seconds: outcome.seconds,
    history: outcome.history.map(({ epoch, step, trainLoss, heldOut, changed }) => ({
      ...{ epoch, step, trainLoss, changed },
      heldOutLoss: heldOut?.loss,
      heldOutAccuracy: heldOut?.accuracy,
    })),
    notes: describeNotes(notes),
  };
}
