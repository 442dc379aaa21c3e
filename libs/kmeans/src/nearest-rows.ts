import type { Products } from './products.js';

/** In place of a row where there are no more. */
export const none = -1;

/** Rows whose products are in memory at once. */
const rowsAtOnce = 256;
/** Rows are looked for among so many of the clusters whose centroids are nearest. */
const clustersLookedAt = 6;

/**
 * The nearest other rows of each row, best first, looked for in the clusters nearest to its own: as an inverted file does,
 * for the work to grow with the rows and not with their square.
 * @param vectors `[count, dimension]`, unit length
 * @param labels `[count]`, the cluster of each row
 * @param centroids `[clusters, dimension]`
 * @returns `[count, k]`, rows by number; where there are too few, `none` at the end
 */
export async function nearestRows(
  products: Products,
  vectors: Float32Array,
  dimension: number,
  labels: Int32Array,
  centroids: Float32Array,
  k: number,
): Promise<Int32Array> {
  const count = labels.length;
  const clusters = centroids.length / dimension;
  const members: number[][] = Array.from({ length: clusters }, () => []);
  labels.forEach((label, i) => members[label].push(i));
  const between = new Float32Array(clusters * clusters);
  await products.multiplyFloats(centroids, centroids, dimension, between);
  const nearest = new Int32Array(count * k).fill(none);
  for (let cluster = 0; cluster < clusters; cluster++) {
    const own = members[cluster];
    if (own.length === 0) continue;
    const near = [...members.keys()]
      .sort((a, b) => between[cluster * clusters + b] - between[cluster * clusters + a] || a - b)
      .filter((other) => other !== cluster)
      .slice(0, clustersLookedAt - 1);
    const candidates = [cluster, ...near].flatMap((other) => members[other]);
    const rows = rowsOf(vectors, dimension, candidates);
    for (let from = 0; from < own.length; from += rowsAtOnce) {
      const some = own.slice(from, from + rowsAtOnce);
      const cosines = new Float32Array(some.length * candidates.length);
      await products.multiplyFloats(
        rows.slice(from * dimension, (from + some.length) * dimension),
        rows,
        dimension,
        cosines,
      );
      for (const [at, row] of some.entries()) {
        // Members of the cluster itself come first among the candidates.
        const line = cosines.subarray(at * candidates.length, (at + 1) * candidates.length);
        line[from + at] = -Infinity;
        largest(line, k).forEach((candidate, place) => (nearest[row * k + place] = candidates[candidate]));
      }
    }
  }
  return nearest;
}

function rowsOf(vectors: Float32Array, dimension: number, indices: readonly number[]): Float32Array {
  const rows = new Float32Array(indices.length * dimension);
  for (const [at, index] of indices.entries())
    rows.set(vectors.subarray(index * dimension, (index + 1) * dimension), at * dimension);
  return rows;
}

/** Places of the k largest values, largest first; those of -Infinity are left out. */
function largest(values: Float32Array, k: number): number[] {
  const found: number[] = [];
  for (let at = 0; at < values.length; at++) {
    if (values[at] === -Infinity || (found.length === k && values[at] <= values[found[k - 1]])) continue;
    let place = Math.min(found.length, k - 1);
    for (; place > 0 && values[found[place - 1]] < values[at]; place--) found[place] = found[place - 1];
    found[place] = at;
  }
  return found;
}

/** What the mean of the nearest rows counts beside a row itself. */
const neighbourhood = 2;
const rounds = 2;

/**
 * Rows drawn to those nearest to them: each becomes itself and twice the mean of its nearest, scaled to unit length, two times
 * over. Clusters come out as regions that hang together and no longer as balls alone, as in spectral clustering, of which this
 * is the power iteration (simple graph convolution, Wu et al. 2019, arXiv:1902.07153).
 * @param vectors `[count, dimension]`, unit length
 * @param nearest `[count, k]`, of nearestRows
 * @returns a copy `[count, dimension]`, unit length
 */
export function drawTogether(vectors: Float32Array, dimension: number, nearest: Int32Array): Float32Array {
  const count = vectors.length / dimension;
  const k = nearest.length / count;
  let now = vectors;
  for (let round = 0; round < rounds; round++) {
    const next = new Float32Array(vectors.length);
    const sum = new Float64Array(dimension);
    for (let row = 0; row < count; row++) {
      sum.fill(0);
      for (const other of nearest.subarray(row * k, (row + 1) * k))
        if (other !== none) for (let j = 0; j < dimension; j++) sum[j] += now[other * dimension + j];
      const weight = neighbourhood / (lengthOf(sum) || 1);
      for (let j = 0; j < dimension; j++) sum[j] = now[row * dimension + j] + weight * sum[j];
      const scale = 1 / (lengthOf(sum) || 1);
      for (let j = 0; j < dimension; j++) next[row * dimension + j] = scale * sum[j];
    }
    now = next;
  }
  return now;
}

const lengthOf = (vector: Float64Array): number => Math.sqrt(vector.reduce((squares, x) => squares + x * x, 0));
