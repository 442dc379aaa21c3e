import type { Crew } from './crew.js';
import type { RunState } from './run-state.js';
import { moveCentroid } from './update-phase.js';

/**
 * A cluster without rows (or without weight) takes the row that lies farthest from its own centroid, which leaves the
 * cluster it was in (scikit-learn's repair), for the next step only: labels stay until the next assignment. Where all
 * rows coincide with their centroids there is nothing to give away: there are fewer different rows than clusters, and
 * the empty ones stay where they are. Changes `next` and `drift`.
 */
export async function relocateEmpty(state: RunState, crew: Crew): Promise<void> {
  const empty = emptyPositions(state);
  if (empty.length === 0) return;
  const distances = new Float64Array(crew.allocate(state.count * 8));
  await crew.run({ kind: 'measure', state, distances });
  const given = farthestRows(state, distances, empty.length);
  const changed = new Map<number, { sums: Float64Array; mass: number }>();
  const add = (position: number, row: number, sign: 1 | -1) => {
    const { dimension, magic, values } = state;
    let cluster = changed.get(position);
    if (cluster === undefined) {
      const sums = state.sums.slice(position * dimension, (position + 1) * dimension);
      changed.set(position, (cluster = { sums, mass: state.mass[position] }));
    }
    const weight = sign * (state.weights === undefined ? 1 : state.weights[row]);
    cluster.mass += weight + magic - magic;
    for (let i = 0; i < dimension; i++) cluster.sums[i] += weight * values[row * dimension + i] + magic - magic;
  };
  given.forEach((row, e) => {
    add(state.labels[row], row, -1);
    add(empty[e], row, 1);
  });
  for (const [position, { sums, mass }] of changed)
    if (state.frozen[position] === 0) moveCentroid(state, position, sums, 0, mass);
}

/** Positions without weight that may move, by the caller's index. */
function emptyPositions({ mass, frozen, names }: RunState): number[] {
  const empty: number[] = [];
  for (let j = 0; j < mass.length; j++) if (!(mass[j] > 0) && frozen[j] === 0) empty.push(j);
  return empty.sort((a, b) => names[a] - names[b]);
}

/**
 * At most `wanted` rows with weight, farthest from their centroid first, that lie apart from it and leave their
 * cluster at least one row.
 */
function farthestRows({ labels, sizes, weights }: RunState, distances: Float64Array, wanted: number): number[] {
  const ascending = distances.slice().sort();
  // Some of the farthest may be alone in their clusters: then more are looked at.
  for (let looked = 2 * wanted + 16; ; looked *= 4) {
    const least = ascending[Math.max(0, ascending.length - looked)];
    const order: number[] = [];
    for (let i = 0; i < distances.length; i++) if (distances[i] >= least && distances[i] > 0) order.push(i);
    order.sort((a, b) => distances[b] - distances[a] || a - b);
    const left = Int32Array.from(sizes);
    const given: number[] = [];
    for (const i of order) {
      if (given.length === wanted) break;
      if (left[labels[i]] < 2 || weights?.[i] === 0) continue;
      left[labels[i]]--;
      given.push(i);
    }
    if (given.length === wanted || looked >= distances.length) return given;
  }
}
