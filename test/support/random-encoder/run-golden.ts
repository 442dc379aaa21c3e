import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { GoldenEncoder } from './golden.js';

type Options = Pick<InferenceSession.SessionOptions, 'graphOptimizationLevel' | 'optimizedModelFilePath'>;

/** What ONNX Runtime computes for the batch of a golden encoder: all outputs, by name. Needs the onnx environment. */
export async function runGolden(
  model: Uint8Array,
  golden: Pick<GoldenEncoder, 'dims' | 'inputIds' | 'attentionMask' | 'tokenTypeIds'>,
  options: Options = {},
): Promise<Record<string, Float32Array>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3, ...options });
  const int64 = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), golden.dims);
  const feeds: Record<string, Tensor> = {
    input_ids: int64(golden.inputIds),
    attention_mask: int64(golden.attentionMask),
    token_type_ids: int64(golden.tokenTypeIds),
  };
  const outputs = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}

/** Largest difference of two lists of numbers; NaN and another length are as far as can be. */
export function farthest(actual: ArrayLike<number> | undefined, expected: ArrayLike<number>): number {
  if (actual?.length !== expected.length) return Infinity;
  let far = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= far)) far = Number.isNaN(difference) ? Infinity : difference;
  }
  return far;
}
