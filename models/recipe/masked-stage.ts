/** Between the static stage and the transformer's: what layers read is learned from hidden words. */
import { join } from 'node:path';
import { Random } from '@cairn/numerics';
import type { ModelProto } from '@cairn/onnx-graph';
import type { PaddedBatch } from '../../apps/inference/src/batching/collate.js';
import { maskTokens, type TokenRows, type Vocabulary } from '../../apps/inference/src/finetune/augmentation.js';
import { maskedBatch, type TrainingBatch } from '../../apps/inference/src/finetune/objectives.js';
import { bertGraph, weightsOf, type BertShape, type Weights } from './bert-graph.js';
import { PairBatches, special, type PairBatchSettings } from './pair-batches.js';
import { nameWith } from './recipe-options.js';
import type { Run } from './stages.js';
import { ballast } from './token-vectors.js';
import { trainStage } from './train-stage.js';

/** As the other stages are trained, but for the number of steps, which a run is given. */
export const maskedStage = {
  ...{ name: 'masked', learningRate: 1e-3, warmUp: 0.05, weightDecay: 0.01, dropout: 0, maxNorm: 1 },
  /** Share of the words that are hidden. */
  mask: 0.15,
  batches: {
    ...{ pairs: 64, block: 16, maxTokens: [16, 24, 32, 48], erase: 0, paraphrases: 0.3, similar: 0 },
  } satisfies PairBatchSettings,
};

/**
 * Length of a position's vector beside token vectors, which have length 1: what is told by places is less than what is
 * told by words.
 */
const placeLength = 0.5;

/**
 * A transformer that begins as the mean of token vectors is not to lose them while it learns to guess words: their sum is
 * nearly all that it is worth. So token vectors stay as they are, only layers are trained; and of these it keeps what they
 * read (queries, keys, values, the first half of the feed-forward part), while what they write begins with nothing again.
 * The next stage then has the same mean to begin with, exactly, and layers that know which words belong together.
 * @param start as beginAsMean gives it
 */
export async function trainMasked(run: Run, start: Weights): Promise<ModelProto> {
  const { shape, options, texts, seed } = run;
  const model = bertGraph(shape, withPlaces(shape, start));
  const { mask, batches, ...settings } = maskedStage;
  const source = new PairBatches(texts, batches);
  const words: Vocabulary = {
    ...{ size: shape.vocab_size, mask: special.mask },
    special: new Set(Array.from({ length: special.mask + 1 }, (_, id) => id)),
  };
  const random = new Random(seed, 41);
  const { hidden_size: hidden } = shape;
  const transform = Float32Array.from({ length: hidden * hidden }, () => random.normal() / Math.sqrt(hidden));
  await trainStage(
    model,
    { ...settings, steps: Math.max(2, Math.round(options.mlmSteps / run.hurry)), seed },
    {
      loss: { kind: 'masked-language-model', transform, bias: logFrequencies(texts.ids, shape.vocab_size) },
      parameters: { names: [...weightsOf(shape).keys()].filter((name) => name.startsWith('encoder.')) },
      batch: (own) => maskedTexts(source.batch(own).padded, mask, words, own),
      checkpoints: join(run.work, `${nameWith('masked', options)}.checkpoints`),
      say: run.say,
    },
  );
  return model;
}

function maskedTexts(padded: PaddedBatch, share: number, words: Vocabulary, random: Random): TrainingBatch {
  const hidden = maskTokens(rowsOf(padded), share, words, random);
  return { ...maskedBatch(hidden, special.pad), dropoutSeed: random.next() };
}

/** The texts of a batch without its padding. */
export function rowsOf({ inputIds, attentionMask, batch, seq }: PaddedBatch): TokenRows {
  const lengths = new Int32Array(batch);
  const ids: number[] = [];
  for (let at = 0; at < batch * seq; at++) {
    if (attentionMask[at] === 0n) continue;
    lengths[Math.floor(at / seq)]++;
    ids.push(Number(inputIds[at]));
  }
  return { ids: Int32Array.from(ids), lengths };
}

/** What is guessed of a word before anything is read. */
function logFrequencies(ids: Uint16Array, tokens: number): Float32Array<ArrayBuffer> {
  const counts = new Float64Array(tokens).fill(1);
  for (const id of ids) counts[id]++;
  return Float32Array.from(counts, (count) => Math.log(count / (ids.length + tokens)));
}

/** What layers read of a trained model, in an encoder that is still exactly the mean of token vectors. */
export function readingOf(shape: BertShape, start: Weights, trained: Weights): Weights {
  const isRead = (name: string) => /\.(attention\.self\.(query|key|value)|intermediate\.dense)\./.test(name);
  return new Map(
    Array.from(withPlaces(shape, start), ([name, values]) => [name, isRead(name) ? trained.get(name)! : values]),
  );
}

/**
 * Adds places of tokens: sines and cosines (Vaswani et al. 2017, arXiv:1706.03762, 3.5) in the ballast components, at
 * right angles to the ballast itself and of one length. So LayerNorm scales all tokens alike, the last one drops them
 * again, and the mean of token vectors stays exactly what it is, but for its length.
 */
export function withPlaces(shape: BertShape, start: Weights): Weights {
  const { hidden_size: hidden, max_position_embeddings: positions } = shape;
  const table = new Float32Array(positions * hidden);
  const waves = (ballast - 2) / 2;
  const size = placeLength / Math.sqrt(waves);
  for (let p = 0; p < positions; p++)
    for (let f = 0; f < waves; f++) {
      const angle = p / 100 ** (f / (waves - 1));
      for (let j = 0; j < ballast; j++)
        table[p * hidden + hidden - ballast + j] +=
          (size / Math.sqrt(ballast)) * (Math.sin(angle) * walsh(2 * f, j) + Math.cos(angle) * walsh(2 * f + 1, j));
    }
  return new Map([...start, ['embeddings.position_embeddings.weight', table]]);
}

/**
 * Walsh functions without the constant one, which LayerNorm takes away, and the alternating one, which is the ballast:
 * 1 or -1 at place `j`, at right angles to each other.
 * @param row 0 to ballast - 3
 */
function walsh(row: number, j: number): 1 | -1 {
  // Row 1 of Hadamard's matrix alternates.
  let bits = (row + 2) & j;
  let sign: 1 | -1 = 1;
  for (; bits > 0; bits &= bits - 1) sign = sign === 1 ? -1 : 1;
  return sign;
}
