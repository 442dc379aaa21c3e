/** Hard negatives mined with the model itself: pairs whose anchors it finds alike come into one batch. */
import { fitKMeans, nearestCentroids, Products, SoloCrew, withNorms, Workbench } from '@cairn/kmeans';
import { Random, takeRows } from '@cairn/numerics';
import type { TrainingTexts } from './prepare.js';

/** Pairs by cluster of their anchors: those of cluster c are `pairs[starts[c]]` to `pairs[starts[c + 1] - 1]`. */
export interface SimilarPairs {
  readonly pairs: Uint32Array;
  readonly starts: Uint32Array;
  /** Where each pair is in `pairs`. */
  readonly places: Uint32Array;
}

const clusters = 512;
const fitted = 50_000;

/**
 * @param content `[tokens, width]`, vectors of the static stage
 * @param counts `[tokens]`, what each counts
 */
export async function similarPairs(
  texts: TrainingTexts,
  content: Float32Array,
  counts: Float32Array,
  seed: number,
): Promise<SimilarPairs> {
  const width = content.length / counts.length;
  const count = texts.sources.at(-1)!.to;
  const vectors = anchorVectors(texts, count, content, counts, width);
  const products = await Products.create();
  const crew = new SoloCrew(new Workbench(products), () => {});
  const sample = takeRows(vectors, width, new Random(seed, 21).sample(count, Math.min(count, fitted)));
  const { centroids } = await fitKMeans(sample, width, { clusters, seed, maxIter: 15 }, crew);
  const labels = await nearestCentroids(withNorms(vectors, width), centroids, crew);
  await products.release();
  const starts = new Uint32Array(clusters + 1);
  for (const label of labels) starts[label + 1]++;
  for (let c = 0; c < clusters; c++) starts[c + 1] += starts[c];
  const next = starts.slice();
  const pairs = new Uint32Array(count);
  const places = new Uint32Array(count);
  labels.forEach((label, pair) => {
    places[pair] = next[label]++;
    pairs[places[pair]] = pair;
  });
  return { pairs, starts, places };
}

/** Unit vectors of the anchors `[pairs, width]`. */
function anchorVectors(
  { ids, starts }: TrainingTexts,
  count: number,
  content: Float32Array,
  counts: Float32Array,
  width: number,
): Float32Array {
  const vectors = new Float32Array(count * width);
  for (let pair = 0; pair < count; pair++) {
    const at = pair * width;
    for (let i = starts[2 * pair]; i < Math.min(starts[2 * pair + 1], starts[2 * pair] + 32); i++)
      for (let j = 0; j < width; j++) vectors[at + j] += counts[ids[i]] * content[ids[i] * width + j];
    let squares = 0;
    for (let j = 0; j < width; j++) squares += vectors[at + j] ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let j = 0; j < width; j++) vectors[at + j] *= scale;
  }
  return vectors;
}
