import { InferenceSession, Tensor } from 'onnxruntime-node';

const options: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  enableCpuMemArena: false,
  logSeverityLevel: 4,
};

/**
 * Runs two graphs of one encoder on the same batch, with padding in it, and compares what both give.
 * @param vocabularySize ids in the batch lie below it
 * @returns largest difference of a component at a place that is not padding; NaN if one of them gives NaN
 */
export async function largestDifference(file: string, other: string, vocabularySize: number): Promise<number> {
  const sessions = [await InferenceSession.create(file, options), await InferenceSession.create(other, options)];
  const lengths = [7, 3, 12];
  const seq = Math.max(...lengths);
  const shape = [lengths.length, seq];
  const ids = new BigInt64Array(lengths.length * seq);
  const mask = new BigInt64Array(lengths.length * seq);
  lengths.forEach((length, row) => {
    for (let token = 0; token < length; token++) {
      // Spread over the vocabulary, the same each time.
      ids[row * seq + token] = BigInt((7919 * (row * seq + token + 1)) % vocabularySize);
      mask[row * seq + token] = 1n;
    }
  });
  const feeds: Record<string, Tensor> = {
    input_ids: new Tensor('int64', ids, shape),
    attention_mask: new Tensor('int64', mask, shape),
    token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
    position_ids: new Tensor(
      'int64',
      BigInt64Array.from(ids, (_, i) => BigInt(i % seq)),
      shape,
    ),
  };
  const [a, b] = await Promise.all(
    sessions.map(async (session) => {
      const wanted = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]));
      const output = session.outputNames.includes('logits') ? 'logits' : 'last_hidden_state';
      const results = await session.run(wanted, [output]);
      return { values: results[output].data as Float32Array, perToken: output !== 'logits' };
    }),
  );
  await Promise.all(sessions.map((session) => session.release()));
  let difference = a.values.length === b.values.length ? 0 : NaN;
  const width = a.values.length / (a.perToken ? ids.length : lengths.length);
  for (let i = 0; i < a.values.length; i++) {
    if (a.perToken && mask[Math.floor(i / width)] === 0n) continue;
    const one = Math.abs(a.values[i] - b.values[i]);
    if (!(one <= difference)) difference = one;
  }
  return difference;
}
