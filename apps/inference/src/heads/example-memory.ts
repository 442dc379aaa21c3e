import { norm, type Random } from '@cairn/numerics';
import type { Examples } from './examples.js';
import type { RegressionEngine } from './regression-engine.js';

/**
 * Training examples that a head keeps: a text is compared with single examples of a class, not only with what they have
 * in common. What the nearest example of a class adds to its logit is a cache model over a linear one (Zhang et al.
 * 2022, "Tip-Adapter", arXiv:2207.09519, with the nearest example in place of a sum), and how near it is tells known
 * from unknown texts (Sun et al. 2022, arXiv:2204.06507).
 */
export interface ExampleMemory {
  /** `[dimension]`, subtracted from vectors before they are compared: what all texts have in common says nothing. */
  readonly centre: Float32Array;
  /** `[rows, dimension]`: unit vectors, eight bits a component. */
  readonly values: Int8Array;
  /** `[rows]`: a row's values times its scale have unit length. */
  readonly scales: Float32Array;
  /** `[classes + 1]`: rows of class c are from `starts[c]` to `starts[c + 1]`. */
  readonly starts: Int32Array;
  /** What a cosine of 1 adds to a logit; 0 or more. */
  readonly weight: number;
}

/** A memory in training, not yet rounded. */
export interface MemoryDraft {
  readonly centre: Float64Array;
  /** `[rows, dimension]`, unit vectors ordered by class. */
  readonly units: Float32Array;
  readonly starts: Int32Array;
}

/** Examples of one class, and of all together, that are kept at most. */
const perClass = 100;
const inAll = 20_000;

/** Examples a text is compared with, and classes, at least: those of the classes with the highest logits. */
const rowsLookedAt = 500;
const classesLookedAt = 5;

/** Draws the examples to keep; all of a class where there are few. */
export function remember(examples: Examples, centre: Float64Array, random: Random): MemoryDraft {
  const { vectors, dimension, labels, classCount } = examples;
  const most = Math.max(1, Math.min(perClass, Math.floor(inAll / classCount)));
  const members: number[][] = Array.from({ length: classCount }, () => []);
  labels.forEach((label, i) => members[label].push(i));
  const kept = members.map((rows) => (rows.length <= most ? rows : random.shuffle(rows).slice(0, most)));
  const starts = new Int32Array(classCount + 1);
  kept.forEach((rows, c) => (starts[c + 1] = starts[c] + rows.length));
  const units = new Float32Array(starts[classCount] * dimension);
  kept.flat().forEach((from, to) => unitRow(vectors, from, centre, units.subarray(to * dimension)));
  return { centre, units, starts };
}

/** As it is stored and asked. */
export function roundMemory({ centre, units, starts }: MemoryDraft, weight: number): ExampleMemory {
  const dimension = centre.length;
  const rows = starts[starts.length - 1];
  const values = new Int8Array(units.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const unit = units.subarray(row * dimension, (row + 1) * dimension);
    let largest = 0;
    for (const value of unit) largest = Math.max(largest, Math.abs(value));
    if (largest === 0) continue;
    let squares = 0;
    for (let j = 0; j < dimension; j++) {
      const rounded = Math.round((127 * unit[j]) / largest);
      values[row * dimension + j] = rounded;
      squares += rounded * rounded;
    }
    scales[row] = 1 / Math.sqrt(squares);
  }
  return { centre: Float32Array.from(centre), values, scales, starts, weight };
}

/**
 * Cosine of every row of `[count, dimension]` and the nearest example of each class: `[count, classes]`; -1 for a class
 * without examples.
 */
export async function nearestOfClasses(
  engine: RegressionEngine,
  { centre, units, starts }: MemoryDraft,
  vectors: Float32Array,
): Promise<Float32Array> {
  const dimension = centre.length;
  const classes = starts.length - 1;
  const rows = starts[classes];
  const count = vectors.length / dimension;
  const centred = new Float32Array(vectors.length);
  for (let i = 0; i < count; i++) unitRow(vectors, i, centre, centred.subarray(i * dimension));
  const nearest = new Float32Array(count * classes).fill(-1);
  const zeros = new Float64Array(rows);
  await engine.eachBlockOfLogits(units, zeros, { vectors: centred, dimension }, (from, cosines) => {
    for (let i = 0; i * rows < cosines.length; i++)
      for (let c = 0; c < classes; c++) {
        let best = -1;
        for (let row = starts[c]; row < starts[c + 1]; row++) best = Math.max(best, cosines[i * rows + row]);
        nearest[(from + i) * classes + c] = best;
      }
  });
  return nearest;
}

/**
 * Classes whose examples a text is compared with: those with the highest logits, at least five, and more while they have
 * few examples. The others are too far behind to be lifted to the top.
 * @returns class indices, best first
 */
export function classesToLookAt(logits: Float64Array, starts: Int32Array): number[] {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  const looked: number[] = [];
  let rows = 0;
  for (const c of order) {
    if (looked.length >= classesLookedAt && rows >= rowsLookedAt) break;
    looked.push(c);
    rows += starts[c + 1] - starts[c];
  }
  return looked;
}

/** What a text's nearest examples say. */
export interface Recollection {
  /** `[classes]`: logits with what the memory adds. Classes not looked at get what the least similar one got. */
  readonly logits: Float64Array;
  /** Cosine to the nearest example of the class that is best now. */
  readonly ownCosine: number;
  /** Cosine to the nearest example of all that were looked at, and its class. */
  readonly nearestCosine: number;
  readonly nearestClass: number;
}

/**
 * Adds what the memory says to logits.
 * @param cosineTo cosine to the nearest example of a class
 * @param looked classes to look at, if they are known already
 */
export function recollect(
  logits: Float64Array,
  { starts, weight }: Pick<ExampleMemory, 'starts' | 'weight'>,
  cosineTo: (c: number) => number,
  looked: readonly number[] = classesToLookAt(logits, starts),
): Recollection {
  const cosines = looked.map(cosineTo);
  const least = Math.min(...cosines);
  const lifted = logits.map((logit) => logit + weight * least);
  looked.forEach((c, i) => (lifted[c] = logits[c] + weight * cosines[i]));
  let nearest = 0;
  let best = 0;
  for (let i = 1; i < looked.length; i++) {
    if (cosines[i] > cosines[nearest]) nearest = i;
    if (lifted[looked[i]] > lifted[looked[best]]) best = i;
  }
  return {
    logits: lifted,
    ownCosine: cosines[best],
    nearestCosine: cosines[nearest],
    nearestClass: looked[nearest],
  };
}

/** Compares a vector `[dimension]` with the memory of a head that is in use. */
export function recall(memory: ExampleMemory, logits: Float64Array, vector: Float32Array): Recollection {
  const { centre, values, scales, starts } = memory;
  const dimension = centre.length;
  const unit = new Float32Array(dimension);
  unitRow(vector, 0, centre, unit);
  return recollect(logits, memory, (c) => {
    let best = -1;
    for (let row = starts[c]; row < starts[c + 1]; row++) {
      const at = row * dimension;
      let sum = 0;
      for (let j = 0; j < dimension; j++) sum += unit[j] * values[at + j];
      best = Math.max(best, sum * scales[row]);
    }
    return best;
  });
}

/** Row `index` of `[count, dimension]` minus the centre, at unit length; zeros stay zeros. */
function unitRow(vectors: Float32Array, index: number, centre: Float64Array | Float32Array, to: Float32Array): void {
  const dimension = centre.length;
  const values = to.subarray(0, dimension);
  for (let j = 0; j < dimension; j++) values[j] = vectors[index * dimension + j] - centre[j];
  const length = norm(values);
  if (length > 0) for (let j = 0; j < dimension; j++) values[j] /= length;
}
