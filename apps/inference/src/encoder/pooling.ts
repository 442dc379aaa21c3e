import { partsOf, type EncodingSpec } from './encoding-spec.js';
import { logits } from './forward.js';

/**
 * Token vectors to text vectors, each text as its spec says.
 *
 * Mean: over the attention mask, special tokens included, as sentence-transformers does (Reimers and Gurevych 2019,
 * arXiv:1908.10084); max: per component; last: the last token that is not padding; cls: the first. Sums are float64, so
 * that a vector does not depend on its batch. Several layers are combined token by token before they are pooled. Several
 * poolings lie end to end; where the vector is normalised, each of them is so first.
 *
 * @param states hidden states by layer, each `[batch, seq, hidden]`, row-major; the logits of a classifier are
 *   `[batch, classes]`
 * @param lengths `[batch]`, tokens of each text; the rest of its row is padding
 * @param specs what is wanted; `specOf` says which of them each text has
 * @param specOf `[batch]`
 * @returns the vectors one after the other, each as long as its spec says; rows that are not finite are listed in
 *   `failed` and are zero
 */
export function pool(
  states: ReadonlyMap<number, Float32Array>,
  lengths: Int32Array,
  specs: readonly EncodingSpec[],
  specOf: Uint16Array,
  seq: number,
): { vectors: Float32Array; failed: number[] } {
  let size = 0;
  for (const which of specOf) size += specs[which].dimension;
  const vectors = new Float32Array(size);
  const failed: number[] = [];
  let to = 0;
  for (let row = 0; row < lengths.length; row++) {
    const spec = specs[specOf[row]];
    const values = new Float64Array(spec.dimension);
    if (spec.layers[0] === logits) copyLogits(states.get(logits)!, row, values);
    else poolRow(states, row, lengths[row], seq, lengths.length, spec, values);
    let squares = 0;
    for (let j = 0; j < values.length; j++) squares += values[j] * values[j];
    if (Number.isFinite(squares)) {
      const scale = spec.normalize && squares > 0 ? 1 / Math.sqrt(squares) : 1;
      for (let j = 0; j < values.length; j++) vectors[to + j] = values[j] * scale;
    } else failed.push(row);
    to += spec.dimension;
  }
  return { vectors, failed };
}

function copyLogits(from: Float32Array, row: number, to: Float64Array): void {
  for (let j = 0; j < to.length; j++) to[j] = from[row * to.length + j];
}

/** One text: one pooling after the other. */
function poolRow(
  states: ReadonlyMap<number, Float32Array>,
  row: number,
  tokens: number,
  seq: number,
  batch: number,
  spec: EncodingSpec,
  values: Float64Array,
): void {
  const parts = partsOf(spec.pooling);
  if (parts.length === 1) return poolPart(states, row, tokens, seq, batch, spec, values);
  const hidden = states.get(spec.layers[0])!.length / (batch * seq);
  const size = spec.combination === 'concat' ? hidden * spec.layers.length : hidden;
  parts.forEach((pooling, part) => {
    // The last may be cut.
    const target = values.subarray(part * size, (part + 1) * size);
    poolPart(states, row, tokens, seq, batch, { ...spec, pooling }, target);
    if (spec.normalize) scaleToUnit(target);
  });
}

function scaleToUnit(values: Float64Array): void {
  let squares = 0;
  for (let j = 0; j < values.length; j++) squares += values[j] * values[j];
  if (squares > 0) for (let j = 0; j < values.length; j++) values[j] /= Math.sqrt(squares);
}

/** One pooling: each layer in its turn for a concatenation, all at once for a mean. */
function poolPart(
  states: ReadonlyMap<number, Float32Array>,
  row: number,
  tokens: number,
  seq: number,
  batch: number,
  { layers, combination, pooling }: EncodingSpec,
  values: Float64Array,
): void {
  const first = pooling === 'last' ? tokens - 1 : 0;
  const end = pooling === 'cls' ? 1 : tokens;
  const chosen = layers.map((layer) => states.get(layer)!);
  const hidden = chosen[0].length / (batch * seq);
  const together = combination === 'mean' ? chosen.length : 1;
  for (let part = 0, at = 0; at < values.length; part += together, at += hidden) {
    const target = values.subarray(at, at + hidden);
    const sources = chosen.slice(part, part + together);
    if (pooling === 'max') maxOver(sources, row * seq + first, row * seq + end, hidden, target);
    else meanOver(sources, row * seq + first, row * seq + end, hidden, target);
  }
}

/** Mean over tokens `from` to `to` and over the layers. */
function meanOver(layers: readonly Float32Array[], from: number, to: number, hidden: number, mean: Float64Array): void {
  const size = mean.length;
  for (const values of layers)
    for (let token = from; token < to; token++) {
      const at = token * hidden;
      for (let j = 0; j < size; j++) mean[j] += values[at + j];
    }
  const count = layers.length * (to - from);
  for (let j = 0; j < size; j++) mean[j] /= count;
}

/** Largest of each component over tokens `from` to `to`, of the mean over the layers. */
function maxOver(layers: readonly Float32Array[], from: number, to: number, hidden: number, max: Float64Array): void {
  max.fill(-Infinity);
  for (let token = from; token < to; token++)
    for (let j = 0; j < max.length; j++) {
      let sum = 0;
      for (const values of layers) sum += values[token * hidden + j];
      const value = sum / layers.length;
      // A NaN must come through, and stay.
      if (value > max[j] || Number.isNaN(value)) max[j] = value;
    }
}
