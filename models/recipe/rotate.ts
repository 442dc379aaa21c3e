/** Token vectors, turned so that the first components of a text's vector hold most of it. */
import { symmetricEigen } from '@cairn/numerics';
import type { PaddedBatch } from '../../apps/inference/src/batching/collate.js';

/**
 * Turns token vectors along the principal axes of the vectors of texts. Products of vectors stay what they are, up to
 * rounding; the first k components are those that keep most of them (Eckart and Young 1936), so that they can be used
 * alone: what Matryoshka vectors (Kusupati et al. 2022, arXiv:2205.13147) are trained for comes here from a turn.
 *
 * LayerNorm takes away the mean of the components, so that vectors must stay where it is 0: the axes are found there, and
 * laid onto the components by a reflection that moves each of them by the mean's share of a component only.
 * @param content `[tokens, width]`, trained vectors
 * @param counts `[tokens]`, what each counts in the mean of a text
 * @param texts as they are trained on
 * @returns `[tokens, width]`, each row without its mean
 */
export function rotateContent(
  content: Float32Array,
  counts: Float32Array,
  texts: Iterable<PaddedBatch>,
): Float32Array<ArrayBuffer> {
  const width = content.length / counts.length;
  const centred = withoutMeans(content, width);
  const axes = principalAxesOf(secondMoments(centred, counts, width, texts), width);
  return turned(centred, reflected(axes, width), width);
}

function withoutMeans(content: Float32Array, width: number): Float32Array {
  const centred = new Float32Array(content.length);
  for (let at = 0; at < content.length; at += width) {
    let mean = 0;
    for (let j = 0; j < width; j++) mean += content[at + j] / width;
    for (let j = 0; j < width; j++) centred[at + j] = content[at + j] - mean;
  }
  return centred;
}

/** Mean of the outer products of the unit vectors of texts with themselves, `[width, width]`. */
function secondMoments(
  content: Float32Array,
  counts: Float32Array,
  width: number,
  texts: Iterable<PaddedBatch>,
): Float64Array {
  const moments = new Float64Array(width * width);
  const vector = new Float64Array(width);
  let total = 0;
  for (const { inputIds, batch, seq } of texts)
    for (let row = 0; row < batch; row++) {
      vector.fill(0);
      for (let i = row * seq; i < (row + 1) * seq; i++) {
        const id = Number(inputIds[i]);
        for (let j = 0, at = id * width; j < width; j++) vector[j] += counts[id] * content[at + j];
      }
      let squares = 0;
      for (let j = 0; j < width; j++) squares += vector[j] * vector[j];
      // Texts of special tokens alone have no vector.
      if (squares === 0) continue;
      total++;
      for (let i = 0; i < width; i++)
        for (let j = 0, at = i * width, scaled = vector[i] / squares; j <= i; j++)
          moments[at + j] += scaled * vector[j];
    }
  for (let i = 0; i < width; i++)
    for (let j = 0; j <= i; j++) moments[j * width + i] = moments[i * width + j] /= Math.max(1, total);
  return moments;
}

/** Unit vectors as rows, by falling second moment; the last is the one along which LayerNorm leaves nothing. */
function principalAxesOf(moments: Float64Array, width: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < width; i++) trace += moments[i * width + i];
  // There is nothing along (1, ..., 1): below nothing, so that no other empty axis is mixed with it.
  const lowered = moments.map((value) => value - (trace || 1) / width);
  return symmetricEigen(lowered, width).vectors;
}

/** Axes, then the reflection that takes the last component to (1, ..., 1): `[width, width]`. */
function reflected(axes: Float64Array, width: number): Float64Array {
  const mirror = new Float64Array(width).fill(-1 / Math.sqrt(width));
  mirror[width - 1] += 1;
  let squares = 0;
  for (let j = 0; j < width; j++) squares += mirror[j] * mirror[j];
  // The last axis has either sign, and vectors nothing along it.
  const rows = Float64Array.from(axes);
  for (let column = 0; column < width; column++) {
    let product = 0;
    for (let i = 0; i < width; i++) product += mirror[i] * axes[i * width + column];
    for (let i = 0; i < width; i++) rows[i * width + column] -= (2 * product * mirror[i]) / squares;
  }
  return rows;
}

/** Each row of `[tokens, width]` times the transpose of `[width, width]`. */
function turned(rows: Float32Array, rotation: Float64Array, width: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at += width)
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let j = 0, from = i * width; j < width; j++) sum += rotation[from + j] * rows[at + j];
      result[at + i] = sum;
    }
  return result;
}
