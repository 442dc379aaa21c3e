import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  encodeModel,
  fillDropoutMask,
  mergeLowRank,
  type FeedDescription,
  type TrainingGraph,
} from '@cairn/onnx-graph';
import type { Device } from '../encoder/devices.js';
import { DeviceSteps } from './device-steps.js';
import type { TargetFeed, TrainingBatch } from './objectives.js';
import type { Gradient, TrainedParameter } from './optimizer.js';
import type { StepSettings } from './steps.js';
import type { Evaluation, TrainableModel } from './trainable-model.js';

/** More threads gain nothing on batches of this size. */
const mostThreads = 16;

/** Where a training computes. */
export interface TrainingPlace {
  readonly device: Device;
  /** How steps are taken on WebGPU; needed there. */
  readonly steps?: StepSettings;
  /** Of ONNX Runtime; default: those of the machine. */
  readonly threads?: number;
}

/**
 * A training graph in ONNX Runtime. Blocks the thread while it computes. On WebGPU parameters and moments stay on the
 * device; elsewhere gradients come to this thread, which moves the parameters.
 */
export class OnnxTrainingModel implements TrainableModel<TrainingBatch> {
  readonly parameters: readonly TrainedParameter[];
  private readonly state: Readonly<Record<string, Tensor>>;
  private readonly masks: ReadonlyMap<string, FeedDescription>;

  /** On WebGPU. */
  private deviceSteps: DeviceSteps | undefined;

  private constructor(
    private readonly graph: TrainingGraph,
    /** Absent where steps are taken on the device. */
    private readonly training: InferenceSession | undefined,
    private readonly evaluation: InferenceSession,
    headRateScale: number,
  ) {
    this.masks = new Map(graph.feeds.filter(({ dropout }) => dropout !== undefined).map((feed) => [feed.name, feed]));
    this.parameters = graph.parameters.map((parameter) => ({
      ...parameter,
      rateScale: parameter.added ? headRateScale : 1,
      gradient: 'dense' in parameter.gradient ? 'dense' : 'rows',
    }));
    // Fed without a copy: a run reads what the last step wrote.
    this.state = Object.fromEntries(
      graph.parameters.map(({ name, values, dims }) => [name, new Tensor('float32', values, dims)]),
    );
  }

  /** Steps that are taken on the device; absent where gradients come to this thread. */
  get steps(): DeviceSteps | undefined {
    return this.deviceSteps;
  }

  /**
   * @param headRateScale learning rate of the head, in those of the encoder
   * @throws if the device cannot be used
   */
  static async open(
    graph: TrainingGraph,
    headRateScale: number,
    place: TrainingPlace = { device: 'cpu' },
  ): Promise<OnnxTrainingModel> {
    const training = place.device === 'webgpu' ? undefined : await createSession(encodeModel(graph.model), place);
    const evaluation = await createSession(encodeModel(graph.evaluation), place);
    const model = new OnnxTrainingModel(graph, training, evaluation, headRateScale);
    if (training === undefined) {
      const feeds = (batch: TrainingBatch, names: readonly string[]) => model.feeds(batch, names);
      model.deviceSteps = await DeviceSteps.open(graph, model.parameters, feeds, place.steps!);
    }
    return model;
  }

  async gradients(batch: TrainingBatch) {
    if (this.training === undefined) throw new Error('Steps are taken on the device: no gradients come from it.');
    const outputs = await this.training.run(this.feeds(batch, this.training.inputNames));
    const gradients = new Map<string, Gradient>();
    for (const { name, gradient } of this.graph.parameters)
      gradients.set(
        name,
        'dense' in gradient
          ? { dense: outputs[gradient.dense].data as Float32Array }
          : { rows: outputs[gradient.rows].data as Float32Array, ids: outputs[gradient.ids].data as BigInt64Array },
      );
    return { loss: (outputs[this.graph.loss].data as Float32Array)[0], gradients };
  }

  async evaluate(batch: TrainingBatch): Promise<Evaluation> {
    const outputs = await this.evaluation.run(this.evaluationFeeds(batch));
    const loss = (outputs[this.graph.loss].data as Float32Array)[0];
    const { labels } = batch;
    if (labels === undefined) return { loss };
    const correct = countCorrect(outputs[this.graph.logits].data as Float32Array, labels);
    return { loss, accuracy: correct / labels.length };
  }

  /** Of losses with a head. */
  async embed(batch: TrainingBatch): Promise<Float32Array> {
    const { pooled } = this.graph;
    const outputs = await this.evaluation.run(this.evaluationFeeds(batch), [pooled!]);
    return outputs[pooled!].data as Float32Array;
  }

  /** Weights by name: those of the encoder as it is to be written, and those that training added. */
  trained(): { readonly encoder: Map<string, Float32Array<ArrayBuffer>>; readonly added: Map<string, Float32Array> } {
    const valuesOf = (wanted: boolean) =>
      new Map(this.graph.parameters.filter(({ added }) => added === wanted).map(({ name, values }) => [name, values]));
    const added = valuesOf(true);
    const own = valuesOf(false);
    // Thin matrices are no weights of the encoder: their product becomes part of one.
    const encoder = this.graph.lowRank.length > 0 ? mergeLowRank(this.graph, own) : own;
    return { encoder, added };
  }

  async close(): Promise<void> {
    await this.training?.release();
    await this.deviceSteps?.close();
    await this.evaluation.release();
  }

  private evaluationFeeds(batch: TrainingBatch): Record<string, Tensor> {
    const { inputNames } = this.evaluation;
    const feeds = { ...this.feeds(batch, inputNames), ...this.deviceSteps?.parametersNow() };
    return Object.fromEntries(inputNames.map((name) => [name, feeds[name]]));
  }

  private feeds(given: TrainingBatch, names: readonly string[]): Record<string, Tensor> {
    const { padded, targets, dropoutSeed } = given;
    const { batch, seq } = padded;
    const dims = [batch, seq];
    const feeds: Record<string, Tensor> = {};
    for (const [i, name] of names.entries()) {
      const mask = this.masks.get(name);
      if (name in this.state) feeds[name] = this.state[name];
      else if (name in targets) feeds[name] = tensorOf(targets[name]);
      else if (mask !== undefined) feeds[name] = dropoutMask(mask, batch, seq, dropoutSeed, i);
      else if (name === 'input_ids') feeds[name] = new Tensor('int64', padded.inputIds, dims);
      else if (name === 'attention_mask') feeds[name] = new Tensor('int64', padded.attentionMask, dims);
      else if (name === 'token_type_ids') feeds[name] = new Tensor('int64', new BigInt64Array(batch * seq), dims);
      else if (name === 'position_ids') feeds[name] = new Tensor('int64', positions(batch, seq), dims);
      else throw new Error(`Nothing is known to feed to the input ${name} of the training graph.`);
    }
    return feeds;
  }
}

const tensorOf = ({ values, dims }: TargetFeed): Tensor =>
  values instanceof BigInt64Array ? new Tensor('int64', values, dims) : new Tensor('float32', values, dims);

function dropoutMask(mask: FeedDescription, batch: number, seq: number, seed: number, stream: number): Tensor {
  const dims = mask.dims.map((size) => (typeof size === 'number' ? size : size === 'batch' ? batch : seq));
  const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
  fillDropoutMask(values, mask.dropout!, seed, stream);
  return new Tensor('float32', values, dims);
}

function positions(batch: number, seq: number): BigInt64Array {
  const row = BigInt64Array.from({ length: seq }, (_, i) => BigInt(i));
  const all = new BigInt64Array(batch * seq);
  for (let at = 0; at < all.length; at += seq) all.set(row, at);
  return all;
}

function countCorrect(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  let correct = 0;
  labels.forEach((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === label) correct++;
  });
  return correct;
}

function createSession(bytes: Uint8Array, { device, threads }: TrainingPlace): Promise<InferenceSession> {
  return InferenceSession.create(bytes, {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads ?? Math.min(availableParallelism(), mostThreads),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    // Threads that spin while they wait took twice the time on a busy machine.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}
