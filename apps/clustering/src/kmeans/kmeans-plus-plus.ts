import { row, type Random } from '@cairn/numerics';
import type { CentroidDistances } from './centroid-distances.js';
import type { Interrupt, Rows } from './rows.js';

/**
 * First centroids `[clusters, dimension]` by greedy k-means++ (Arthur, Vassilvitskii 2007; the greedy choice as in
 * scikit-learn): each next one is drawn with a probability in proportion to the squared distance from those before,
 * 2 + floor(ln clusters) times, and the draw that lowers the sum of squared distances most is kept. Once every row
 * coincides with a centroid, the rest repeat the first.
 */
export async function seedCentroids(
  rows: Rows,
  clusters: number,
  random: Random,
  distances: CentroidDistances,
  interrupt: Interrupt,
): Promise<Float32Array> {
  const { values, count, dimension } = rows;
  const centroids = new Float32Array(clusters * dimension);
  const trials = 2 + Math.floor(Math.log(clusters));
  let closest: Float64Array = new Float64Array(count).fill(Infinity);
  let chosen = [random.below(count)];
  for (let c = 0; ; c++) {
    const best = await tryCandidates(rows, chosen, closest, distances, interrupt);
    closest = best.closest;
    centroids.set(row(values, dimension, best.candidate), c * dimension);
    if (c === clusters - 1) return centroids;
    if (best.potential === 0) {
      for (let rest = c + 1; rest < clusters; rest++) centroids.copyWithin(rest * dimension, 0, dimension);
      return centroids;
    }
    chosen = drawCandidates(closest, trials, random);
  }
}

/** Of the candidate rows, the one after whose choice the sum of squared distances is lowest. */
async function tryCandidates(
  rows: Rows,
  candidates: number[],
  closest: Float64Array,
  distances: CentroidDistances,
  interrupt: Interrupt,
): Promise<{ candidate: number; potential: number; closest: Float64Array }> {
  const { values, count, dimension } = rows;
  const points = new Float32Array(candidates.length * dimension);
  candidates.forEach((candidate, t) => points.set(row(values, dimension, candidate), t * dimension));
  const potentials = new Float64Array(candidates.length);
  const after = candidates.map(() => new Float64Array(count));
  await distances.toPoints(rows, points, interrupt, (i, squared) => {
    for (let t = 0; t < candidates.length; t++) {
      const distance = Math.min(closest[i], squared[t]);
      after[t][i] = distance;
      potentials[t] += distance;
    }
  });
  const best = potentials.indexOf(Math.min(...potentials));
  return { candidate: candidates[best], potential: potentials[best], closest: after[best] };
}

/** `trials` indices of `weights [n]`, drawn independently in proportion to them; needs a positive sum. */
function drawCandidates(weights: Float64Array, trials: number, random: Random): number[] {
  const cumulative = new Float64Array(weights.length);
  let total = 0;
  weights.forEach((weight, i) => (cumulative[i] = total += weight));
  return Array.from({ length: trials }, () => {
    const target = random.uniform() * total;
    // The first index whose cumulative weight is above the target: never one of weight zero.
    let low = 0;
    let high = weights.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}
