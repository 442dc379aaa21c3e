import type { Crew } from './crew.js';
import { lloyd, type Clustering } from './lloyd.js';
import type { Interrupt, Rows } from './rows.js';
import { boundSizes, centroidsOfLabels, type SizeBounds } from './size-bounds.js';

export interface KeepSizesOptions {
  readonly bounds: SizeBounds;
  readonly spherical: boolean;
  /** See LloydOptions. */
  readonly weights?: Float32Array;
  readonly frozen?: number;
}

/** Rounds in which sizes are bounded and centroids follow. */
const rounds = 10;

/**
 * The clustering with its sizes within bounds (see boundSizes); centroids follow, a few times, as long as that lowers the inertia.
 * @param found of these rows, with all its centroids, also those without rows
 */
export async function keepSizes(
  rows: Rows,
  found: Clustering,
  { bounds, spherical, weights, frozen = 0 }: KeepSizesOptions,
  crew: Crew,
  interrupt: Interrupt,
): Promise<Clustering> {
  const { dimension } = rows;
  let { labels, centroids } = found;
  let best: Clustering | undefined;
  for (let round = 0; round < rounds; round++) {
    const bounded = boundSizes(rows, centroids, labels, bounds, interrupt);
    centroids = centroidsOfLabels(rows, bounded, centroids, { spherical, frozen, weights });
    let inertia = 0;
    for (let i = 0; i < rows.count; i++) {
      let square = 0;
      for (let j = 0, at = i * dimension, to = bounded[i] * dimension; j < dimension; j++)
        square += (rows.values[at + j] - centroids[to + j]) ** 2;
      inertia += (weights?.[i] ?? 1) * square;
    }
    if (best !== undefined && !(inertia < best.inertia)) return best;
    best = { labels: bounded, centroids, inertia, iterations: found.iterations };
    labels = (await lloyd(rows, centroids, { maxIter: 0, tolerance: 0, spherical }, crew)).labels;
  }
  return best!;
}
