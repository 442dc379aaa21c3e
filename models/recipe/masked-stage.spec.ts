/** @jest-environment ./test/environments/onnx.js */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel, tensorValues } from '@cairn/onnx-graph';
import { Random } from '@cairn/numerics';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { collate } from '../../apps/inference/src/batching/collate.js';
import { bertGraph, type BertShape, type Weights } from './bert-graph.js';
import { readingOf, rowsOf, trainMasked, withPlaces } from './masked-stage.js';
import type { TrainingTexts } from './prepare.js';
import { usual } from './recipe-options.js';
import type { Run } from './stages.js';
import { ballast, beginAsMean } from './token-vectors.js';

const shape: BertShape = {
  ...{ vocab_size: 60, hidden_size: 48, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64 },
  ...{ max_position_embeddings: 64, type_vocab_size: 2, layer_norm_eps: 1e-12 },
};
const width = shape.hidden_size - ballast;

function start(): Weights {
  const random = new Random(5);
  const content = Float32Array.from({ length: shape.vocab_size * width }, () => random.normal());
  const counts = Float32Array.from({ length: shape.vocab_size }, (_, t) => (t < 5 ? 0 : 0.05 + random.uniform()));
  return beginAsMean(shape, content, counts, 1);
}

/** Mean of the states of a text, ballast left out. */
async function meanOf(weights: Weights, ids: readonly number[]): Promise<number[]> {
  const session = await InferenceSession.create(encodeModel(bertGraph(shape, weights)));
  const int64 = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const { last_hidden_state: state } = await session.run({
    input_ids: int64([...ids]),
    attention_mask: int64(ids.map(() => 1)),
    token_type_ids: int64(ids.map(() => 0)),
  });
  await session.release();
  const values = state.data as Float32Array;
  return Array.from({ length: shape.hidden_size }, (_, j) =>
    ids.reduce((sum, _id, i) => sum + values[i * shape.hidden_size + j], 0),
  );
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, i) => sum + value * b[i], 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

describe('withPlaces', () => {
  it('tells every place from every other, and leaves the mean of token vectors what it is', async () => {
    const [plain, placed] = [start(), withPlaces(shape, start())];
    const ids = [2, 7, 20, 33, 41, 8, 20, 3];
    const [before, after] = [await meanOf(plain, ids), await meanOf(placed, ids)];
    expect(cosine(before, after)).toBeGreaterThan(1 - 1e-6);
    // Shorter by one factor for all texts, so that means of texts are, too.
    const other = [2, 9, 3];
    const factor = (a: number[], b: number[]) => Math.hypot(...a) / Math.hypot(...b);
    expect(factor(await meanOf(placed, other), await meanOf(plain, other))).toBeCloseTo(factor(after, before), 5);
    const table = placed.get('embeddings.position_embeddings.weight')!;
    const row = (p: number) => [...table.subarray(p * shape.hidden_size, (p + 1) * shape.hidden_size)];
    for (let p = 0; p < shape.max_position_embeddings; p++) {
      expect(Math.hypot(...row(p))).toBeCloseTo(0.5, 5);
      expect(row(p).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
      for (let q = 0; q < p; q++) expect(cosine(row(p), row(q))).toBeLessThan(0.95);
    }
  });
});

describe('rowsOf', () => {
  it('undoes the padding of a batch', () => {
    const texts = { ids: Int32Array.of(2, 9, 8, 3, 2, 3, 2, 7, 3), lengths: Int32Array.of(4, 2, 3) };
    expect(rowsOf(collate(texts.ids, texts.lengths, 0))).toEqual(texts);
  });
});

describe('trainMasked', () => {
  const work = mkdtempSync(join(tmpdir(), 'cairn-masked-'));
  afterAll(() => rmSync(work, { recursive: true }));

  it('learns from hidden words, and gives a transformer that is still the mean', async () => {
    const weights = start();
    // Word 5 + n is followed by word 6 + n.
    const count = 80;
    const texts: TrainingTexts = {
      ids: Uint16Array.from({ length: 8 * count }, (_, i) => 5 + (((i >> 3) * 7 + (i % 8)) % 50)),
      starts: Uint32Array.from({ length: count + 1 }, (_, i) => 8 * i),
      hashes: Uint32Array.from({ length: count }, (_, i) => i),
      sources: [{ name: 'p:docs_questions', from: 0, to: count / 2 }],
      groups: [{ questions: [0, 7], hardNegatives: [] }],
      counts: { evaluationTexts: 0, equal: 0, near: 0, pairs: {}, groups: 1, tokens: 8 * count },
    };
    const said: string[] = [];
    const run: Run = {
      ...{ texts, shape, tokenizer: '', work, seed: 3, hurry: 1, say: (line) => void said.push(line) },
      options: { ...usual, mlmSteps: 12 },
    };
    const model = await trainMasked(run, weights);
    const trained: Weights = new Map(
      model.graph!.initializer.map((tensor) => [tensor.name!, tensorValues(tensor) as Float32Array<ArrayBuffer>]),
    );
    expect(trained.get('embeddings.word_embeddings.weight')).toEqual(weights.get('embeddings.word_embeddings.weight'));
    const written = 'encoder.layer.1.output.dense.weight';
    expect(trained.get(written)!.some((value) => value !== 0)).toBe(true);

    const begun = readingOf(shape, weights, trained);
    expect(begun.get(written)!.every((value) => value === 0)).toBe(true);
    const read = 'encoder.layer.0.attention.self.query.weight';
    expect(begun.get(read)).toEqual(trained.get(read));
    expect(begun.get(read)).not.toEqual(weights.get(read));
    const ids = [2, 7, 20, 33, 41, 8, 20, 3];
    expect(cosine(await meanOf(weights, ids), await meanOf(begun, ids))).toBeGreaterThan(1 - 1e-6);

    const loss = Number(/loss ([\d.]+)/.exec(said.at(-1)!)![1]);
    expect(loss).toBeLessThan(Math.log(shape.vocab_size) + 0.5);
    // The same run again goes on from its last checkpoint, and has nothing left to do.
    const again = await trainMasked(run, weights);
    expect(said.at(-1)).toContain('goes on from step 12');
    expect(Buffer.from(encodeModel(again)).equals(Buffer.from(encodeModel(model)))).toBe(true);
  }, 60_000);
});
