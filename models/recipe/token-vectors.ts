/** The static stage: a vector of each token, and how a transformer begins as their mean. */
import { Random } from '@cairn/numerics';
import { weightsOf, type BertShape, type Weights } from './bert-graph.js';
import { special } from './pair-batches.js';
import type { TrainingTexts } from './prepare.js';

/**
 * What a token counts in the mean of a text: a / (a + its frequency), a = 1e-3 (Arora et al. 2017, "A simple but
 * tough-to-beat baseline for sentence embeddings", eq. 1). Special tokens count nothing.
 */
export function tokenWeights({ ids }: TrainingTexts, vocabulary: number): Float32Array<ArrayBuffer> {
  const counts = new Float64Array(vocabulary);
  for (const id of ids) counts[id]++;
  const weights = Float32Array.from(counts, (count) => 1e-3 / (1e-3 + count / ids.length));
  weights.fill(0, 0, specialTokens);
  return weights;
}

/** [PAD], [UNK], [CLS], [SEP], [MASK]. */
const specialTokens = special.sep + 2;

export function randomContent(vocabulary: number, hidden: number, seed: number): Float32Array<ArrayBuffer> {
  const random = new Random(seed, 11);
  return Float32Array.from({ length: vocabulary * hidden }, () => 0.1 * random.normal());
}

/** Components that hold what a token's vector lacks in length. */
export const ballast = 16;

/**
 * Weights with which a transformer gives the mean of static vectors, exactly and with an ordinary LayerNorm: LayerNorm
 * makes all tokens equally long, so a frequent token could not keep a short vector. Here each vector is filled up to one
 * length by ballast, components of alternating sign that no other use has: then LayerNorm changes nothing, and the gain
 * of the last one is 0 for the ballast. What attention and feed-forward layers add begins with 0.
 * @param content `[tokens, hidden - ballast]`, trained vectors
 * @param counts `[tokens]`, what each counts
 */
export function beginAsMean(bert: BertShape, content: Float32Array, counts: Float32Array, seed: number): Weights {
  const { hidden_size: hidden, vocab_size: tokens } = bert;
  const weights = new Map<string, Float32Array<ArrayBuffer>>();
  for (const [name, dims] of weightsOf(bert)) {
    const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
    const random = new Random(seed, 12, weights.size);
    if (name.endsWith('LayerNorm.weight')) values.fill(1);
    // What a layer reads is drawn; what it writes begins with nothing.
    else if (dims.length === 2 && name.startsWith('encoder.') && !name.endsWith('output.dense.weight'))
      for (let i = 0; i < values.length; i++) values[i] = random.normal() / Math.sqrt(dims[0]);
    weights.set(name, values);
  }
  const kept = hidden - ballast;
  const rows = weighed(content, counts, kept);
  const lengths = Float64Array.from({ length: tokens }, (_, t) =>
    Math.hypot(...rows.subarray(t * kept, (t + 1) * kept)),
  );
  // Few rare tokens have vectors far longer than others: those are cut.
  const longest = lengths.slice().sort()[Math.floor(0.97 * tokens)];
  const words = weights.get('embeddings.word_embeddings.weight')!;
  for (let t = 0; t < tokens; t++) {
    const scale = Math.min(1, longest / (lengths[t] || 1)) / longest;
    let square = 0;
    for (let j = 0; j < kept; j++) {
      const value = scale * rows[t * kept + j];
      words[t * hidden + j] = value;
      square += value * value;
    }
    const rest = Math.sqrt(Math.max(0, 1 - square) / ballast);
    for (let j = kept; j < hidden; j++) words[t * hidden + j] = j % 2 === 0 ? rest : -rest;
  }
  weights.get(`encoder.layer.${bert.num_hidden_layers - 1}.output.LayerNorm.weight`)!.fill(0, kept);
  return weights;
}

/** `counts x content`, without the mean of the components, which LayerNorm takes away. */
function weighed(content: Float32Array, counts: Float32Array, width: number): Float32Array {
  const rows = new Float32Array(content.length);
  counts.forEach((count, t) => {
    let mean = 0;
    for (let j = 0; j < width; j++) mean += content[t * width + j] / width;
    for (let j = 0; j < width; j++) rows[t * width + j] = count * (content[t * width + j] - mean);
  });
  return rows;
}
