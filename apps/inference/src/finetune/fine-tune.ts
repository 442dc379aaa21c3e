import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DomainError } from '@cairn/contracts';
import { readLearnedTexts, writeLearnedTexts } from '../model-store/learned-texts.js';
import type { DeviceChoice } from '../encoder/devices.js';
import { defaultMemoryLimit } from '../model-store/memory-budget.js';
import { readModelFolder, type ModelFolder } from '../model-store/model-folder.js';
import { idPattern, idRule } from '../model-store/model-id.js';
import { revisionOf } from '../model-store/revision.js';
import { copyFiles } from '../quantization/copy-files.js';
import { formatGoldenFile, goldenTexts, type GoldenFile } from '../quantization/golden-file.js';
import { StagingFolder } from '../quantization/staging-folder.js';
import { UsageFault } from '../quantization/usage-fault.js';
import { fromFailure } from '../threads/from-failure.js';
import { workerUnavailable } from '../threads/retry-once.js';
import { checkExamples, type CheckedExamples, type ExampleNotes, type GivenExamples } from './check-examples.js';
import type { FineTuning, FineTuningJob, FineTuningProgress } from './fine-tuning.js';
import { fineTunedCard } from './fine-tuned-card.js';
import type { FineTuningData, FineTuningMessage } from './finetune.worker.js';
import { describeNotes, fingerprintOf, hashExamples, type Lineage } from './lineage.js';
import { defaultSettings, faultOfSettings, settingsWith, type TrainingSettings } from './training-settings.js';

export interface FineTuneRequest {
  /** Folder of the encoder to start from, float32. */
  readonly source: string;
  /** Id of the new encoder. */
  readonly output: string;
  /** Writable folder of models. */
  readonly store: string;
  /** Read-only folder of models, whose ids go before those of the store. */
  readonly bundled?: string;
  /** Whether an encoder of that id in the store is replaced. */
  readonly replace?: boolean;
  readonly examples: GivenExamples;
  /** What is absent is as settingsWith has it. */
  readonly settings?: Partial<TrainingSettings>;
  /** Whether a head is trained on the new encoder's embeddings, where each text has one class. Default: yes. */
  readonly withHead?: boolean;
  /** Where it computes. Default: cpu. */
  readonly device?: DeviceChoice;
  /** Bytes that the training may take; a share of the machine's or container's if absent. */
  readonly memoryLimit?: number;
  /** Seconds between checkpoints, beside one after each epoch. Default: 60. */
  readonly checkpointSeconds?: number;
}

/** A new encoder in the store. */
export interface FineTuneResult extends FineTuning {
  readonly id: string;
  readonly folder: string;
  readonly revision: string;
  readonly notes: ExampleNotes;
  readonly lineage: Lineage;
}

/** Checkpoints of trainings that nobody went on with. */
const abandonedAfterMs = 7 * 24 * 3600_000;
const checkpointPrefix = '.finetune-';

/**
 * Fine-tunes an encoder and puts the result into the model store, where it appears whole or not at all. The work is done
 * in a thread of its own. The same request again, after a kill or a cancellation, goes on from the last checkpoint and
 * ends with the same weights, bit for bit.
 * @param signal cancels it after the step in work; a checkpoint is kept
 * @throws INVALID_INPUT naming what cannot be used: `source`, `output`, a setting, `texts`, `labels`, `classes`, `partners`
 * @throws the signal's reason if it was cancelled
 */
export async function fineTune(
  request: FineTuneRequest,
  onProgress: (progress: FineTuningProgress) => void,
  signal: AbortSignal,
): Promise<FineTuneResult> {
  signal.throwIfAborted();
  const { output, store, replace = false } = request;
  const settings = settingsWith(request.settings);
  const fault = faultOfSettings(settings);
  if (fault !== undefined) throw DomainError.invalid(`settings.${fault.field}`, fault.message);
  checkOutput(request);
  const examples = checkExamples(request.examples, settings.objective);
  const source = await readSource(request.source);
  const revision = await revisionOf(source.path);
  const dataHash = hashExamples(examples);
  const fingerprint = fingerprintOf(revision, dataHash, settings);
  const checkpoints = join(store, `${checkpointPrefix}${output}-${fingerprint.slice(0, 12)}`);

  const staging = await StagingFolder.create(store, output).catch(asDomainError);
  try {
    clearUpCheckpoints(store);
    const fineTuning = await runInThread(
      {
        ...{ source, examples, settings, fingerprint, checkpoints, target: staging.model },
        checkpointSeconds: request.checkpointSeconds ?? 60,
        memoryLimit: request.memoryLimit ?? defaultMemoryLimit(),
        goldenTexts: goldenTexts(source.goldenFile),
        withHead: request.withHead ?? true,
        learned: await readLearnedTexts(source.path),
        device: request.device ?? 'cpu',
      },
      onProgress,
      signal,
    );
    const lineage = lineageOf(source.id, revision, dataHash, examples, settings, fineTuning);
    await writeBeside(staging.model, output, source, fineTuning, lineage, examples.notes);
    const folder = await staging.publish(replace).catch(asDomainError);
    rmSync(checkpoints, { recursive: true, force: true });
    return { ...fineTuning, id: output, folder, revision: await revisionOf(folder), notes: examples.notes, lineage };
  } finally {
    staging.discard();
  }
}

function checkOutput({ output, store, bundled, replace = false }: FineTuneRequest): void {
  if (!idPattern.test(output)) throw DomainError.invalid('output', `"${output}" is no id: use ${idRule}.`);
  if (bundled !== undefined && existsSync(join(bundled, output)))
    throw DomainError.invalid('output', `"${output}" is a bundled model, which goes before one of the store.`);
  if (!replace && existsSync(join(store, output)))
    throw DomainError.invalid('output', `There is a model "${output}" in the store already; choose another id.`);
}

async function readSource(path: string): Promise<ModelFolder> {
  if (!existsSync(path)) throw DomainError.invalid('source', `There is no folder ${path}.`);
  const source = await readModelFolder(path);
  if (source.task !== 'embedding')
    throw DomainError.invalid('source', `${source.id} is a classifier; only encoders are fine-tuned.`);
  if (source.precision !== 'float32')
    throw DomainError.invalid(
      'source',
      `${source.id} is stored as ${source.precision ?? 'something else than ONNX'}, too coarse for the small steps of training. Fine-tune the float32 encoder it was made from, then make the small variant of the result.`,
    );
  return source;
}

/** The faults of the parts that programs share. */
function asDomainError(error: unknown): never {
  if (!(error instanceof UsageFault)) throw error;
  const [, field = 'output', message = error.message] = /^--(\w+): ([\s\S]*)$/.exec(error.message) ?? [];
  throw DomainError.invalid(field, message);
}

function runInThread(
  given: FineTuningJob & { readonly source: ModelFolder },
  onProgress: (progress: FineTuningProgress) => void,
  signal: AbortSignal,
): Promise<FineTuning> {
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const cancel = () => Atomics.store(cancelled, 0, 1);
  const worker = new Worker(join(__dirname, 'finetune.worker.js'), {
    workerData: { job: given, cancelled } satisfies FineTuningData,
  });
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  // Settled when the thread has ended by itself: to end it inside ONNX Runtime would end the process.
  return new Promise<FineTuning>((resolve, reject) => {
    let settle = () => reject(workerUnavailable());
    worker.on('message', (message: FineTuningMessage) => {
      if (message.type === 'progress') onProgress(message.progress);
      else if (message.type === 'done') settle = () => resolve(message.fineTuning);
      else if (message.type === 'cancelled') settle = () => reject(signal.reason as Error);
      else settle = () => reject(asSetting(fromFailure(message.failure)));
    });
    worker.on('error', (error) => (settle = () => reject(error)));
    worker.on('exit', () => settle());
  }).finally(() => signal.removeEventListener('abort', cancel));
}

/** Settings are named as the request names them. */
function asSetting(error: Error): Error {
  const field = error instanceof DomainError ? error.details?.field : undefined;
  return field !== undefined && field in defaultSettings
    ? DomainError.invalid(`settings.${field}`, error.message)
    : error;
}

function lineageOf(
  id: string,
  revision: string,
  hash: string,
  { texts, classes, notes }: CheckedExamples,
  settings: TrainingSettings,
  { outcome, trainExamples, heldOutExamples, trainedWeights }: FineTuning,
): Lineage {
  const { steps, keptStep, stoppedEarly, history } = outcome;
  const { contradictionCount: contradictions, duplicates } = notes;
  return {
    format: 1,
    parent: { id, revision },
    data: {
      ...{ examples: texts.length, trainExamples, heldOutExamples, classes: classes.length },
      ...{ hash, contradictions, duplicates },
    },
    ...{ settings, trainedWeights, steps, keptStep, stoppedEarly, history },
    seconds: Number(outcome.seconds.toFixed(1)),
    createdAt: new Date().toISOString(),
  };
}

/** All of the new model but its graph. */
async function writeBeside(
  model: string,
  id: string,
  source: ModelFolder,
  { golden, learned }: FineTuning,
  lineage: Lineage,
  notes: ExampleNotes,
): Promise<void> {
  await copyFiles(source.path, model);
  if (learned !== undefined) await writeLearnedTexts(model, learned);
  const file: GoldenFile = {
    pooling: `${source.pooling}${source.pooling === 'mean' ? ' over attention_mask' : ''}, then L2`,
    texts: golden.texts,
    input_ids: golden.ids,
    embeddings: golden.vectors.map((row) => Array.from(row, (value) => Number(value.toFixed(7)))),
  };
  await writeFile(join(model, 'golden.json'), formatGoldenFile(file));
  await writeFile(join(model, 'lineage.json'), `${JSON.stringify(lineage, null, 2)}\n`);
  const card = await readFile(join(source.path, 'README.md'), 'utf8').catch(() => undefined);
  if (card !== undefined) await writeFile(join(model, 'README.source.md'), card);
  await writeFile(join(model, 'README.md'), fineTunedCard(id, lineage, card, describeNotes(notes)));
}

function clearUpCheckpoints(store: string): void {
  for (const name of readdirSync(store)) {
    if (!name.startsWith(checkpointPrefix)) continue;
    const folder = join(store, name);
    if (Date.now() - statSync(folder).mtimeMs > abandonedAfterMs) rmSync(folder, { recursive: true, force: true });
  }
}
