import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel, type ModelProto, type TrainableParameter, type TrainingGraph } from '@cairn/onnx-graph';

export type Tensors = Record<string, Tensor>;

export const int64 = (values: readonly number[], dims: readonly number[]): Tensor =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), [...dims]);

export const float32 = (values: Float32Array, dims: readonly number[]): Tensor =>
  new Tensor('float32', values, [...dims]);

/** Texts of token ids, padded with zeros to a length: what an encoder of the BERT family is fed. */
export function paddedTexts(texts: readonly (readonly number[])[], length: number): Tensors {
  const ids = texts.flatMap((text) => [...text, ...new Array<number>(length - text.length).fill(0)]);
  const dims = [texts.length, length];
  return {
    input_ids: int64(ids, dims),
    attention_mask: int64(
      ids.map((id) => (id === 0 ? 0 : 1)),
      dims,
    ),
    token_type_ids: int64(
      ids.map(() => 0),
      dims,
    ),
  };
}

/** Parameters as they are now. */
export const parameterFeeds = ({ parameters }: TrainingGraph): Tensors =>
  Object.fromEntries(parameters.map(({ name, values, dims }) => [name, float32(values, dims)]));

/** Runs a model once, or as often as is asked, with those of the feeds that it takes. */
export async function withSession<T>(
  model: ModelProto,
  use: (run: (feeds: Tensors) => Promise<Tensors>) => Promise<T>,
): Promise<T> {
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    return await use(async (feeds) => {
      const outputs = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
      return outputs as Tensors;
    });
  } finally {
    await session.release();
  }
}

/** The whole gradient of a parameter, rows added up. */
export function gradientOf({ gradient, values, dims }: TrainableParameter, outputs: Tensors): Float32Array {
  if ('dense' in gradient) return Float32Array.from(outputs[gradient.dense].data as Float32Array);
  const whole = new Float32Array(values.length);
  const rows = outputs[gradient.rows].data as Float32Array;
  (outputs[gradient.ids].data as BigInt64Array).forEach((id, row) => {
    for (let i = 0; i < dims[1]; i++) whole[Number(id) * dims[1] + i] += rows[row * dims[1] + i];
  });
  return whole;
}

/** The distance of two vectors over the length of the second. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}
