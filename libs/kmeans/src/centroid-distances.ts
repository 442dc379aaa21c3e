import { dot, row, rowRange, squaredEuclidean } from '@cairn/numerics';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { float, GraphBuilder, int } from '@cairn/onnx-graph';
import { Products } from './products.js';
import { Workbench } from './workbench.js';
import type { Interrupt, Rows } from './rows.js';

/** Largest number of floats in a block of rows, and in its matrix of distances: 4 MiB each. */
const blockFloats = 2 ** 20;

/** Rounding of float32: half the distance from 1 to the next number. */
const unitRoundoff = 2 ** -24;

/**
 * Squared distances without what is the same for all centroids of a row: |c|² - 2 x·c, as one Gemm.
 * Inputs: `rows [block, dimension]`, `centroids [clusters, dimension]`, `norms [clusters]` = |c|².
 * Output: `distances [block, clusters]`.
 */
function distanceGraph(): Uint8Array {
  const graph = new GraphBuilder('relative-distances');
  const rows = graph.input('rows', 'float32', ['block', 'dimension']);
  const centroids = graph.input('centroids', 'float32', ['clusters', 'dimension']);
  const norms = graph.input('norms', 'float32', ['clusters']);
  const attributes = { alpha: float(-2), transB: int(1) };
  graph.node('Gemm', [rows, centroids, norms], { attributes, outputs: ['distances'] });
  graph.output('distances', 'float32', ['block', 'clusters']);
  return graph.bytes();
}

/**
 * Distances of rows to centroids as matrix products on ONNX Runtime, block by block. One thread a session, and blocks
 * that depend only on the shapes: parallel sums in another order would give other bits, and one seed must give one
 * result on any machine size. Parallelism lies above, in restarts that run in several workers.
 * Who is nearest is not for here: see assign-phase.ts.
 */
export class CentroidDistances {
  private scratch = new Float32Array(0);

  private constructor(
    private readonly distanceSession: InferenceSession,
    private readonly products: Products,
    /** For the assignment of rows to their nearest centroids. */
    readonly bench: Workbench,
  ) {}

  static async create(): Promise<CentroidDistances> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionProviders: ['cpu'] };
    const products = await Products.create();
    return new CentroidDistances(
      await InferenceSession.create(distanceGraph(), options),
      products,
      new Workbench(products),
    );
  }

  async release(): Promise<void> {
    await this.products.release();
    await this.distanceSession.release();
  }

  /**
   * Squared distances of all rows to `points [points, dimension]`, handed over row by row as `[points]`, in an array
   * that is used again for the next row.
   */
  async toPoints(
    rows: Rows,
    points: Float32Array,
    interrupt: Interrupt,
    take: (row: number, squared: Float64Array) => void,
  ): Promise<void> {
    const { dimension } = rows;
    const count = points.length / dimension;
    const norms = squaredNormsOf(points, dimension);
    const squared = new Float64Array(count);
    for await (const { start, size, output } of this.blocks(this.distanceSession, rows, points, norms, interrupt)) {
      const distances = output.distances.data as Float32Array;
      for (let i = 0; i < size; i++) {
        const squaredNorm = rows.squaredNorms[start + i];
        for (let j = 0; j < count; j++) {
          squared[j] = squaredNorm + distances[i * count + j];
          // Where the difference drowns in rounding, equal points would seem to be apart.
          if (squared[j] <= 2 * roundingError(squaredNorm, norms[j], dimension))
            squared[j] = squaredEuclidean(row(rows.values, dimension, start + i), row(points, dimension, j));
        }
        take(start + i, squared);
      }
    }
  }

  private async *blocks(
    session: InferenceSession,
    rows: Rows,
    centroids: Float32Array,
    squaredNorms: Float64Array,
    interrupt: Interrupt,
  ): AsyncGenerator<{ start: number; size: number; output: InferenceSession.ReturnType }> {
    const { count, dimension } = rows;
    const clusters = squaredNorms.length;
    const blockRows = Math.max(1, Math.floor(blockFloats / Math.max(dimension, clusters)));
    const shared = {
      centroids: new Tensor('float32', centroids, [clusters, dimension]),
      norms: new Tensor('float32', Float32Array.from(squaredNorms), [clusters]),
    };
    for (let start = 0; start < count; start += blockRows) {
      interrupt();
      const size = Math.min(blockRows, count - start);
      const block = this.copyBlock(rowRange(rows.values, dimension, start, start + size));
      const output = await session.run({ ...shared, rows: new Tensor('float32', block, [size, dimension]) });
      yield { start, size, output };
    }
  }

  /** The runtime takes no views on memory that threads share: rows are copied into a block of our own. */
  private copyBlock(values: Float32Array): Float32Array {
    if (this.scratch.length < values.length) this.scratch = new Float32Array(values.length);
    const block = this.scratch.subarray(0, values.length);
    block.set(values);
    return block;
  }
}

/** Bound on the error of |c|² - 2 x·c in float32, with any order of summation: Higham 2002, section 3.1. */
function roundingError(squaredNorm: number, centroidSquaredNorm: number, dimension: number): number {
  const product = Math.sqrt(squaredNorm * centroidSquaredNorm);
  return unitRoundoff * (2 * (dimension + 2) * product + 2 * centroidSquaredNorm) * 1.01;
}

function squaredNormsOf(centroids: Float32Array, dimension: number): Float64Array {
  return Float64Array.from({ length: centroids.length / dimension }, (_, j) =>
    dot(row(centroids, dimension, j), row(centroids, dimension, j)),
  );
}

/** Index of the nearest of `centroids [clusters, dimension]` to `values [dimension]`, in double precision. */
export function exactNearest(values: Float32Array, centroids: Float32Array, dimension: number): number {
  let nearest = 0;
  let least = Infinity;
  for (let j = 0; j * dimension < centroids.length; j++) {
    const distance = squaredEuclidean(values, row(centroids, dimension, j));
    if (distance < least) {
      least = distance;
      nearest = j;
    }
  }
  return nearest;
}
