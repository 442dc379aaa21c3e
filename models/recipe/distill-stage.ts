/** The last stage: an encoder learns from others that this recipe has made. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { Random } from '@cairn/numerics';
import type { ModelProto } from '@cairn/onnx-graph';
import { embedWith, type Embedder } from '../../apps/inference/src/finetune/embed-with.js';
import type { TokenRows } from '../../apps/inference/src/finetune/augmentation.js';
import type { TrainingBatch } from '../../apps/inference/src/finetune/objectives.js';
import { openTokenizer, type ExampleTokenizer } from '../../apps/inference/src/finetune/tokenize-examples.js';
import { readModelFolder } from '../../apps/inference/src/model-store/model-folder.js';
import { bertGraph, type Weights } from './bert-graph.js';
import { rowsOf } from './masked-stage.js';
import { PairBatches, special, type PairBatchSettings } from './pair-batches.js';
import { nameWith } from './recipe-options.js';
import type { Run } from './stages.js';
import { trainStage } from './train-stage.js';

/** As the other stages are trained, but for the number of steps, which a run is given. */
export const distilledStage = {
  ...{ name: 'distilled', learningRate: 4e-4, warmUp: 0.05, weightDecay: 0.01, dropout: 0, maxNorm: 1 },
  /** Learning rate of the embeddings, in those of the stage. */
  embeddings: 0.5,
  temperature: 0.05,
  batches: {
    ...{ pairs: 128, block: 32, maxTokens: [12, 16, 20, 24, 32], erase: 0, paraphrases: 0.5, similar: 0 },
  } satisfies PairBatchSettings,
};

/**
 * Trains an encoder until it finds alike what its teachers find alike: of each text of a batch, how near it is to each
 * other one, as shares by softmax, is to be what the teachers' mean says (Fang et al. 2021, SEED, arXiv:2101.04731).
 * Teachers may have vectors of any size.
 * @param start weights of the encoder as it is
 */
export async function distil(run: Run, start: Weights): Promise<ModelProto> {
  const { shape, options, seed } = run;
  const model = bertGraph(shape, start);
  const { embeddings, temperature, batches, ...settings } = distilledStage;
  const source = new PairBatches(run.texts, batches);
  const teachers = await Promise.all(options.teachers.map((folder) => openTeacher(folder, run.tokenizer)));
  run.say(`distilled: from ${options.teachers.join(', ')}`);
  await trainStage(
    model,
    {
      ...settings,
      ...{ steps: Math.max(2, Math.round(options.distillSteps / run.hurry)), seed },
      rateScale: (name) => (name.startsWith('embeddings.') ? embeddings : 1),
    },
    {
      ...{ loss: { kind: 'contrastive', pooling: 'mean', temperature }, parameters: 'all' },
      batch: (random) => taughtBatch(source, teachers, temperature, random),
      checkpoints: join(run.work, `${nameWith('distilled', options)}.checkpoints`),
      say: run.say,
    },
  );
  return model;
}

/** Vectors of unit length, `[texts, dimension]`, of texts as the student reads them. */
type Teacher = (texts: TokenRows) => Promise<Float32Array>;

async function taughtBatch(
  source: PairBatches,
  teachers: readonly Teacher[],
  temperature: number,
  random: Random,
): Promise<TrainingBatch> {
  const batch = source.batch(random);
  const texts = rowsOf(batch.padded);
  const count = texts.lengths.length;
  const cosines = new Float64Array(count * count);
  for (const teacher of teachers) addCosines(cosines, await teacher(texts), count, 1 / teachers.length);
  const dims = [count, count];
  const { targets, candidates } = nearnessTargets(cosines, count, temperature);
  return { ...batch, targets: { targets: { values: targets, dims }, candidates: { values: candidates, dims } } };
}

function addCosines(sums: Float64Array, vectors: Float32Array, count: number, weight: number): void {
  const dimension = vectors.length / count;
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let d = 0, a = i * dimension, b = j * dimension; d < dimension; d++)
        product += vectors[a + d] * vectors[b + d];
      sums[i * count + j] += weight * product;
      if (i !== j) sums[j * count + i] += weight * product;
    }
}

/** What a text is compared with itself: nothing. */
const never = -1e4;

/**
 * How near each text is to the others, as shares that sum to 1 / count for each: what a contrastive loss is fed, whose
 * cost is then the mean cross-entropy between the teachers' shares and one's own.
 * @param cosines `[count, count]`
 */
export function nearnessTargets(
  cosines: ArrayLike<number>,
  count: number,
  temperature: number,
): { targets: Float32Array; candidates: Float32Array } {
  const targets = new Float32Array(count * count);
  const candidates = new Float32Array(count * count);
  const shares = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    candidates[i * count + i] = never;
    let most = -Infinity;
    for (let j = 0; j < count; j++) if (j !== i) most = Math.max(most, cosines[i * count + j]);
    let sum = 0;
    for (let j = 0; j < count; j++)
      sum += shares[j] = j === i ? 0 : Math.exp((cosines[i * count + j] - most) / temperature);
    for (let j = 0; j < count; j++) targets[i * count + j] = shares[j] / (sum * count);
  }
  return { targets, candidates };
}

async function openTeacher(folder: string, tokenizer: string): Promise<Teacher> {
  const files = await readModelFolder(folder);
  const embedder: Embedder = await embedWith(files);
  const same = JSON.stringify(vocabularyOf(files.tokenizerFile)) === JSON.stringify(vocabularyOf(tokenizer));
  if (same) return (texts) => embedder.embed(texts);
  const own = openTokenizer(files);
  const tokens = tokensById(vocabularyOf(tokenizer));
  return (texts) => embedder.embed(readAnew(texts, tokens, own));
}

const vocabularyOf = (file: string): Record<string, number> =>
  (JSON.parse(readFileSync(file, 'utf8')) as { model: { vocab: Record<string, number> } }).model.vocab;

function tokensById(vocabulary: Record<string, number>): string[] {
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(vocabulary)) tokens[id] = token;
  return tokens;
}

/** Texts with the ids of another tokenizer; words that the first one did not know are lost. */
export function readAnew(texts: TokenRows, tokens: readonly string[], tokenizer: ExampleTokenizer): TokenRows {
  let at = 0;
  const words = Array.from(texts.lengths, (length) => {
    const own = Array.from(texts.ids.subarray(at, (at += length)))
      .filter((id) => id > special.mask)
      .map((id) => tokens[id]);
    return own.join(' ').replaceAll(' ##', '');
  });
  return tokenizer.encode(words);
}
