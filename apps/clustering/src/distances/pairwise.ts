import type { Rows } from '@cairn/kmeans';
import { row, rowRange } from '@cairn/numerics';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  cosineNeighboursGraph,
  distanceSumsGraph,
  euclideanNeighboursGraph,
  gramNormGraph,
  squaredDistancesGraph,
  wardNeighboursGraph,
} from './pairwise-graphs.js';

/** Largest number of distances in one block: 8 MiB, of which a few copies fit into a shared cache. */
const blockFloats = 2 ** 21;

/** Rounding of float32: half the distance from 1 to the next number. */
const unitRoundoff = 2 ** -24;

const graphs = {
  euclidean: euclideanNeighboursGraph,
  cosine: cosineNeighboursGraph,
  ward: wardNeighboursGraph,
  sums: distanceSumsGraph,
  squared: squaredDistancesGraph,
  gram: gramNormGraph,
};
type GraphName = keyof typeof graphs;

/** Vectors that rows are compared with. */
export interface Points {
  /** `[count, dimension]`; must not lie in memory that threads share. */
  readonly values: Float32Array;
  readonly count: number;
  readonly dimension: number;
  /** What the graph adds for each point `[count]`: see the graphs. */
  readonly bias: Float32Array;
  /** 1 / size of each `[count]`, for Ward. */
  readonly inverses?: Float32Array;
}

/** Rows of a block. */
export interface Block {
  /** `[size, dimension]`; must not lie in memory that threads share. */
  readonly values: Float32Array;
  readonly size: number;
  /** Squared norms `[size]`, where the graph is Euclidean. */
  readonly norms: Float32Array;
  /** 1 / size of each `[size]`, for Ward. */
  readonly inverses?: Float32Array;
}

export interface Nearest {
  /** `[size, k]`, rising in each row. */
  readonly values: Float32Array;
  readonly indices: Int32Array;
}

/** Distances between many vectors on ONNX Runtime; sessions are made when first needed. */
export class PairwiseDistances {
  private readonly sessions = new Map<GraphName, Promise<InferenceSession>>();

  /** @param threads of each session */
  constructor(private readonly threads = 1) {}

  /** Rows of a block that is compared with `points` points. */
  static blockRows(points: number): number {
    return Math.max(1, Math.min(1024, Math.floor(blockFloats / Math.max(1, points))));
  }

  /** The `k` nearest points of each row, by the graph's measure; k at most the number of points. */
  async nearest(graph: 'euclidean' | 'cosine' | 'ward', block: Block, points: Points, k: number): Promise<Nearest> {
    const output = await this.run(graph, block, points, {
      k: new Tensor('int64', BigInt64Array.of(BigInt(k)), [1]),
    });
    return { values: output.values.data as Float32Array, indices: output.indices.data as Int32Array };
  }

  /** All squared Euclidean distances `[size, points]`. */
  async squared(block: Block, points: Points): Promise<Float32Array> {
    const output = await this.run('squared', block, points, {});
    return output.distances.data as Float32Array;
  }

  /** The sum of the Euclidean distances of each row to all points `[size]`. */
  async sums(block: Block, points: Points): Promise<Float32Array> {
    const output = await this.run('sums', block, points, {});
    return output.sums.data as Float32Array;
  }

  /** At least the largest eigenvalue of valuesᵀ · values, up to rounding, for `values [rows, dimension]` in memory of its own. */
  async gramBound(values: Float32Array, dimension: number): Promise<number> {
    const rows = new Tensor('float32', values, [values.length / dimension, dimension]);
    const output = await (await this.session('gram')).run({ rows });
    const norm = Math.sqrt((output.norm.data as Float32Array)[0]);
    const power = (output.power_norm.data as Float32Array)[0];
    // The powers of a spectrum without a peak may be too small for float32.
    return power > 1e-30 ? norm * power ** (1 / 16) : norm;
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  private async run(
    graph: GraphName,
    block: Block,
    points: Points,
    more: Record<string, Tensor>,
  ): Promise<InferenceSession.ReturnType> {
    const feeds: Record<string, Tensor> = {
      ...more,
      rows: new Tensor('float32', block.values, [block.size, points.dimension]),
      points: new Tensor('float32', points.values, [points.count, points.dimension]),
      bias: new Tensor('float32', points.bias, [points.count]),
    };
    if (graph !== 'cosine') feeds.row_norms = new Tensor('float32', block.norms, [block.size, 1]);
    if (graph === 'ward') {
      feeds.row_inverses = new Tensor('float32', block.inverses!, [block.size, 1]);
      feeds.inverses = new Tensor('float32', points.inverses!, [points.count]);
    }
    return (await this.session(graph)).run(feeds);
  }

  private session(name: GraphName): Promise<InferenceSession> {
    let session = this.sessions.get(name);
    if (session === undefined) {
      const options = { intraOpNumThreads: this.threads, interOpNumThreads: 1, executionProviders: ['cpu'] };
      session = InferenceSession.create(graphs[name](), options);
      this.sessions.set(name, session);
    }
    return session;
  }
}

/** The rows from `start` to `end` as points of a Euclidean graph, in memory of their own. */
export function pointsOf(rows: Rows, start: number, end: number): Points {
  const { dimension } = rows;
  return {
    values: Float32Array.from(rowRange(rows.values, dimension, start, end)),
    count: end - start,
    dimension,
    bias: Float32Array.from(rows.squaredNorms.subarray(start, end)),
  };
}

/** Copies the chosen rows of `values [count, dimension]` into a block with their squared norms. */
export function blockOf(values: Float32Array, dimension: number, indices: ArrayLike<number>): Block {
  const taken = new Float32Array(indices.length * dimension);
  const norms = new Float32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = row(values, dimension, indices[i]);
    taken.set(from, i * dimension);
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += from[j] * from[j];
    norms[i] = sum;
  }
  return { values: taken, size: indices.length, norms };
}

/**
 * Bound on the error of |a|² + |b|² - 2 a·b in float32, with any order of summation, for squared norms up to these:
 * Higham 2002, section 3.1.
 */
export function squaredDistanceError(squaredNormA: number, squaredNormB: number, dimension: number): number {
  const products = Math.sqrt(squaredNormA * squaredNormB);
  return unitRoundoff * (2 * (dimension + 2) * products + 4 * (squaredNormA + squaredNormB)) * 1.01;
}
