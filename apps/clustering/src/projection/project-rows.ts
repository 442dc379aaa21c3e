import { type Interrupt, type Rows, withNorms } from '@cairn/kmeans';
import { Random } from '@cairn/numerics';
import { UMAP } from 'umap-js';
import { nearestNeighbours, type Neighbours } from '../distances/neighbours.js';
import type { PairwiseDistances } from '../distances/pairwise.js';
import { alignMap, normaliseMap } from './align-maps.js';
import { principalAxes } from './principal-axes.js';

export const projectionMethods = ['umap', 'pca'] as const;
export type ProjectionMethod = (typeof projectionMethods)[number];

export interface ProjectOptions {
  readonly method: ProjectionMethod;
  readonly neighbours: number;
  readonly minDist: number;
  readonly epochs: number;
  readonly seed: number;
  /** Where the rows were before `[count, 2]`, NaN for those that were nowhere; absent: none was anywhere. */
  readonly previous: Float64Array | undefined;
}

export interface Projection {
  /** `[count, 2]`. */
  readonly map: Float64Array;
  /** Rows that had a place before, and how far they moved: see alignMap. */
  readonly aligned: number;
  readonly shift: number;
  /** Of the 15 nearest rows on the map (or all others, if fewer), the share that is so in the vectors, mean over the rows. */
  readonly neighboursKept: number;
  /** Share of the variance on the two axes; of PCA only. */
  readonly explained: readonly number[];
}

/** The half width of the square that UMAP starts in, as the reference implementation has it. */
const startWidth = 10;
/** Neighbours that the quality of a map is measured by. */
const judged = 15;

/**
 * A place in the plane for every row. UMAP (McInnes, Healy, Melville 2018) by umap-js, with exact neighbours; it starts where the
 * rows were before, new rows among their neighbours, or else from the principal axes, never from random places: the same rows
 * give the same map, and a few rows more give nearly the same. At the end the map is laid over the one before.
 */
export async function projectRows(
  rows: Rows,
  options: ProjectOptions,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
  onStage: (stage: 'neighbours' | 'layout', done: number, total: number) => void,
): Promise<Projection> {
  const { count } = rows;
  const axes = principalAxes(rows, 2, options.seed, interrupt);
  let map = normaliseMap(Float64Array.from(axes.scores));
  const listed = Math.min(count - 1, Math.max(judged, options.neighbours));
  const neighbours =
    listed < 1
      ? undefined
      : await nearestNeighbours(rows, listed, pairwise, interrupt, (done, total) => onStage('neighbours', done, total));
  // UMAP needs more rows than neighbours; fewer than four have no layout to speak of.
  if (options.method === 'umap' && neighbours !== undefined && count > 3)
    map = normaliseMap(layOut(startingPlaces(map, neighbours, options), neighbours, options, interrupt, onStage));
  const { shared, shift } = options.previous === undefined ? { shared: 0, shift: 0 } : alignMap(map, options.previous);
  return {
    map,
    aligned: shared,
    shift,
    neighboursKept: neighbours === undefined ? 1 : await keptNeighbours(map, neighbours, pairwise, interrupt),
    explained: options.method === 'pca' ? [...axes.explained] : [],
  };
}

/** Where the layout starts: places before; for new rows the mean of their neighbours' places, or else the principal axes'. */
function startingPlaces(axes: Float64Array, neighbours: Neighbours, options: ProjectOptions): Float64Array {
  const { previous } = options;
  const count = axes.length / 2;
  let start = axes;
  if (previous !== undefined) {
    alignMap(axes, previous);
    start = Float64Array.from(axes);
    for (let i = 0; i < count; i++) {
      let [x, y, found] = [previous[2 * i], previous[2 * i + 1], 1];
      if (Number.isNaN(x) || Number.isNaN(y)) {
        [x, y, found] = [0, 0, 0];
        for (let c = 0; c < neighbours.k; c++) {
          const other = neighbours.indices[i * neighbours.k + c];
          if (Number.isNaN(previous[2 * other]) || Number.isNaN(previous[2 * other + 1])) continue;
          x += previous[2 * other];
          y += previous[2 * other + 1];
          found++;
        }
      }
      if (found === 0) continue;
      start[2 * i] = x / found;
      start[2 * i + 1] = y / found;
    }
  }
  // Rows in one place would be pushed in one direction: a little noise keeps them apart.
  const random = new Random(options.seed, 1);
  const largest = start.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return start.map((value) => (value / largest) * startWidth + 1e-4 * random.normal());
}

function layOut(
  start: Float64Array,
  neighbours: Neighbours,
  options: ProjectOptions,
  interrupt: Interrupt,
  onStage: (stage: 'layout', done: number, total: number) => void,
): Float64Array {
  const count = start.length / 2;
  // A row is the first of its own neighbours, as the library has it.
  const k = Math.min(options.neighbours, count - 1, neighbours.k + 1);
  const random = new Random(options.seed, 2);
  const umap = new UMAP({
    nNeighbors: k,
    minDist: options.minDist,
    nEpochs: options.epochs,
    learningRate: learningRateFor(options.previous),
    random: () => random.uniform(),
  });
  const list = (of: (at: number) => number, self: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => [
      self(i),
      ...Array.from({ length: k - 1 }, (_unused, c) => of(i * neighbours.k + c)),
    ]);
  umap.setPrecomputedKNN(
    list(
      (at) => neighbours.indices[at],
      (i) => i,
    ),
    list(
      (at) => Math.sqrt(neighbours.squared[at]),
      () => 0,
    ),
  );
  // The library reads the vectors' number only: their neighbours are known.
  const epochs = umap.initializeFit(Array.from({ length: count }, () => [0]));
  const places = umap.getEmbedding();
  places.forEach((place, i) => {
    place[0] = start[2 * i];
    place[1] = start[2 * i + 1];
  });
  for (let epoch = 0; epoch < epochs; epoch++) {
    interrupt();
    umap.step();
    onStage('layout', epoch + 1, epochs);
  }
  return Float64Array.from(umap.getEmbedding().flat());
}

/**
 * UMAP's usual rate of 1 throws everything about, wherever it starts: a map that is mostly there is only to settle.
 */
function learningRateFor(previous: Float64Array | undefined): number {
  if (previous === undefined) return 1;
  const known = previous.filter((value) => !Number.isNaN(value)).length / previous.length;
  return 1 - 0.8 * known;
}

async function keptNeighbours(
  map: Float64Array,
  neighbours: Neighbours,
  pairwise: PairwiseDistances,
  interrupt: Interrupt,
): Promise<number> {
  const count = map.length / 2;
  const k = Math.min(judged, neighbours.k);
  const near = await nearestNeighbours(withNorms(Float32Array.from(map), 2), k, pairwise, interrupt, () => {});
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const meant = new Set(neighbours.indices.subarray(i * neighbours.k, i * neighbours.k + k));
    for (let c = 0; c < k; c++) if (meant.has(near.indices[i * k + c])) kept++;
  }
  return kept / (count * k);
}
