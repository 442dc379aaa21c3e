import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { AsyncObjective } from './owl-qn.js';
import { logitsGraph, sigmoidGraph, softmaxGraph } from './regression-graph.js';

/** Largest number of floats in a block of rows, or of its logits: 2 MiB each, so that a block stays in the cache. */
const blockFloats = 2 ** 19;

/** More threads bring little for matrices of this size, and take cores from whoever is waiting for answers. */
const mostThreads = 4;

/** Rows `[count, dimension]`, row-major. */
export interface Rows {
  readonly vectors: Float32Array;
  readonly dimension: number;
}

type Feeds = Record<string, Tensor>;
type Kind = 'softmax' | 'sigmoid' | 'logits';
const graphs: Record<Kind, () => Uint8Array> = { softmax: softmaxGraph, sigmoid: sigmoidGraph, logits: logitsGraph };

/**
 * Logits, losses and gradients of linear classifiers, as matrix products on ONNX Runtime, block by block. Its `run`
 * blocks the calling thread. Sums over blocks are double precision.
 */
export class RegressionEngine {
  private readonly sessions = new Map<Kind, Promise<InferenceSession>>();

  /**
   * @param interrupt called before each block; what it throws ends the work
   * @param threads of one matrix product
   */
  constructor(
    private readonly interrupt: () => void = () => {},
    private readonly threads = Math.min(mostThreads, availableParallelism()),
  ) {}

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  /**
   * Logits of rows: `[count, classes]`, row-major.
   * @param weights `[classes, dimension]`
   * @param biases `[classes]`
   */
  async logits(weights: Float32Array | Float64Array, biases: Float64Array, rows: Rows): Promise<Float32Array> {
    const logits = new Float32Array((rows.vectors.length / rows.dimension) * biases.length);
    await this.eachBlockOfLogits(weights, biases, rows, (from, values) => logits.set(values, from * biases.length));
    return logits;
  }

  /** The same, handed over block by block: `take(first row, [rows of the block, classes])`. */
  async eachBlockOfLogits(
    weights: Float32Array | Float64Array,
    biases: Float64Array,
    rows: Rows,
    take: (from: number, logits: Float32Array) => void,
  ): Promise<void> {
    const single = weights instanceof Float32Array ? weights : Float32Array.from(weights);
    const parameters = parameterTensors(single, Float32Array.from(biases), rows.dimension);
    for (const { from, x } of blocksOf(rows, biases.length)) {
      const { z } = await this.run('logits', { x, ...parameters });
      take(from, z.data as Float32Array);
    }
  }

  /**
   * -sum(share x log p(label)) over weights `[classes, dimension]`, then biases `[classes]`.
   * @param labels `[count]`
   * @param shares `[count]`, what each row counts
   */
  softmaxLoss(rows: Rows, classes: number, labels: Int32Array, shares: Float64Array): AsyncObjective {
    const blocks = blocksOf(rows, classes).map(({ from, x, count }) => ({
      from,
      feeds: {
        x,
        label: new Tensor('int64', BigInt64Array.from(labels.subarray(from, from + count), BigInt), [count, 1]),
        share: new Tensor('float32', Float32Array.from(shares.subarray(from, from + count)), [count, 1]),
      },
    }));
    return this.objective('softmax', rows.dimension, classes, blocks, ({ own }, from) => {
      const logs = own.data as Float32Array;
      let loss = 0;
      for (let i = 0; i < logs.length; i++) loss -= shares[from + i] * logs[i];
      return loss;
    });
  }

  /**
   * Sum over cells of all x softplus(z) - positive x z; see sigmoidGraph.
   * @param all `[count, classes]`
   * @param positive `[count, classes]`
   */
  sigmoidLoss(rows: Rows, classes: number, all: Float32Array, positive: Float32Array): AsyncObjective {
    const part = (values: Float32Array, from: number, count: number) =>
      new Tensor('float32', values.subarray(from * classes, (from + count) * classes), [count, classes]);
    const blocks = blocksOf(rows, classes).map(({ from, x, count }) => ({
      from,
      feeds: { x, all: part(all, from, count), positive: part(positive, from, count) },
    }));
    return this.objective('sigmoid', rows.dimension, classes, blocks, ({ loss }) =>
      (loss.data as Float32Array).reduce((sum, value) => sum + value, 0),
    );
  }

  private objective(
    kind: Kind,
    dimension: number,
    classes: number,
    blocks: readonly { from: number; feeds: Feeds }[],
    lossOf: (output: Feeds, from: number) => number,
  ): AsyncObjective {
    const size = classes * dimension;
    const weights = new Float32Array(size);
    const biases = new Float32Array(classes);
    return async (x, gradient) => {
      for (let i = 0; i < size; i++) weights[i] = x[i];
      for (let c = 0; c < classes; c++) biases[c] = x[size + c];
      const parameters = parameterTensors(weights, biases, dimension);
      gradient.fill(0);
      let loss = 0;
      for (const { from, feeds } of blocks) {
        const output = await this.run(kind, { ...feeds, ...parameters });
        loss += lossOf(output, from);
        addTo(gradient, output.weight_gradient.data as Float32Array, 0);
        addTo(gradient, output.bias_gradient.data as Float32Array, size);
      }
      return loss;
    };
  }

  private async run(kind: Kind, feeds: Feeds): Promise<Feeds> {
    this.interrupt();
    let session = this.sessions.get(kind);
    if (session === undefined) {
      session = InferenceSession.create(graphs[kind](), {
        intraOpNumThreads: this.threads,
        interOpNumThreads: 1,
        executionProviders: ['cpu'],
        logSeverityLevel: 4,
        // Threads that spin while they wait take the core from whoever embeds at the same time.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
      this.sessions.set(kind, session);
    }
    return (await (await session).run(feeds)) as Feeds;
  }
}

function parameterTensors(weights: Float32Array, biases: Float32Array, dimension: number): Feeds {
  const classes = biases.length;
  return {
    weights: new Tensor('float32', weights, [classes, dimension]),
    biases: new Tensor('float32', biases, [classes]),
  };
}

function blocksOf({ vectors, dimension }: Rows, classes: number): { from: number; count: number; x: Tensor }[] {
  const total = vectors.length / dimension;
  const size = Math.max(1, Math.floor(blockFloats / Math.max(dimension, classes)));
  const blocks: { from: number; count: number; x: Tensor }[] = [];
  // The runtime takes no views on memory that threads share.
  const own = vectors.buffer instanceof SharedArrayBuffer ? Float32Array.from(vectors) : vectors;
  for (let from = 0; from < total; from += size) {
    const count = Math.min(size, total - from);
    const values = own.subarray(from * dimension, (from + count) * dimension);
    blocks.push({ from, count, x: new Tensor('float32', values, [count, dimension]) });
  }
  return blocks;
}

function addTo(to: Float64Array, values: Float32Array, at: number): void {
  for (let i = 0; i < values.length; i++) to[at + i] += values[i];
}
