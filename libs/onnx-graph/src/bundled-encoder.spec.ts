/** @jest-environment ./test/environments/onnx.js */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { decodeModel, encodeModel } from './model.js';
import { tensorValues } from './tensor.js';

const file = readFileSync(join(__dirname, '../../../models/cairn-encoder-v2/onnx/model.onnx'));

async function lastHiddenState(model: Uint8Array): Promise<Float32Array> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const int64 = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [2, values.length / 2]);
  const feeds: Record<string, Tensor> = {
    input_ids: int64([2, 40, 41, 42, 3, 2, 77, 3, 0, 0]),
    attention_mask: int64([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]),
    token_type_ids: int64([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  };
  const output = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
  await session.release();
  return Float32Array.from(output.last_hidden_state.data as Float32Array);
}

describe('the bundled encoder, read and written again', () => {
  it('has the same bytes', () => {
    expect(Buffer.compare(encodeModel(decodeModel(file)), file)).toBe(0);
  });

  it('gives the same outputs when every tensor was taken apart and put together', async () => {
    const model = decodeModel(file);
    for (const tensor of model.graph?.initializer ?? []) {
      const values = tensorValues(tensor);
      tensor.rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    }
    model.producerName = 'cairn, written again';
    const expected = await lastHiddenState(file);
    expect(expected.length % 10).toBe(0);
    expect(await lastHiddenState(encodeModel(model))).toEqual(expected);
  });
});
