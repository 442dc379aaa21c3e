/** @jest-environment ./test/environments/onnx.js */
import { encodeModel } from '@cairn/onnx-graph';
import { Random } from '@cairn/numerics';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { bertGraph, type BertShape } from './bert-graph.js';
import { ballast, beginAsMean } from './token-vectors.js';

const shape: BertShape = {
  ...{ vocab_size: 60, hidden_size: 48, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64 },
  ...{ max_position_embeddings: 16, type_vocab_size: 2, layer_norm_eps: 1e-12 },
};
const width = shape.hidden_size - ballast;

describe('beginAsMean', () => {
  it('gives a transformer that computes the weighted mean of token vectors, with an ordinary LayerNorm', async () => {
    const random = new Random(5);
    const content = Float32Array.from({ length: shape.vocab_size * width }, () => random.normal());
    const counts = Float32Array.from({ length: shape.vocab_size }, () => 0.05 + random.uniform());
    // Equal lengths: nothing is cut.
    for (let t = 0; t < shape.vocab_size; t++) centreAndScale(content.subarray(t * width, (t + 1) * width));
    counts.fill(0, 0, 5);
    counts[7] = Math.max(...counts);
    const session = await InferenceSession.create(
      encodeModel(bertGraph(shape, beginAsMean(shape, content, counts, 1))),
    );
    const ids = [2, 7, 20, 33, 41, 3];
    const int64 = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    const { last_hidden_state: state } = await session.run({
      input_ids: int64(ids),
      attention_mask: int64(ids.map(() => 1)),
      token_type_ids: int64(ids.map(() => 0)),
    });
    await session.release();
    const values = state.data as Float32Array;
    const mean = Array.from({ length: shape.hidden_size }, (_, j) =>
      ids.reduce((sum, _id, i) => sum + values[i * shape.hidden_size + j], 0),
    );
    const expected = Array.from({ length: width }, (_, j) =>
      ids.reduce((sum, id) => sum + counts[id] * content[id * width + j], 0),
    );
    expect(cosine(mean.slice(0, width), expected)).toBeGreaterThan(0.9999);
    expect(Math.max(...mean.slice(width).map(Math.abs))).toBe(0);
  });
});

function centreAndScale(row: Float32Array): void {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  row.forEach((value, i) => (row[i] = value - mean));
  const length = Math.hypot(...row);
  row.forEach((value, i) => (row[i] = value / length));
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, i) => sum + value * b[i], 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}
