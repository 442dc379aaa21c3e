import { Refusal } from '../threads/refusal.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { PaddedBatch } from '../batching/collate.js';

const required = ['input_ids', 'attention_mask'];
const optional = ['token_type_ids'];
const output = 'last_hidden_state';

/**
 * Opens an encoder. Its inputs must be `input_ids` and `attention_mask`, perhaps `token_type_ids`, int64
 * `[batch, seq]`; its output `last_hidden_state`, float32 `[batch, seq, dimension]`.
 * @param file ONNX file
 * @param threads threads that one operator may use
 * @throws INVALID_INPUT for a file that is not such an encoder, with what is wrong
 */
export async function openSession(file: string, threads: number): Promise<InferenceSession> {
  const refuse = (what: string) => new Refusal('source', `${file} ${what}`);
  const session = await InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Batches have many shapes; an arena keeps the largest of each and never gives memory back.
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  }).catch((error: Error) => {
    throw refuse(`cannot be loaded as an ONNX model; it may be cut short or of another kind: ${error.message}`);
  });
  const missing = required.filter((name) => !session.inputNames.includes(name));
  if (missing.length > 0) throw refuse(`has no input ${missing.join(', ')}: it is not a text encoder.`);
  const foreign = session.inputNames.filter((name) => !required.includes(name) && !optional.includes(name));
  if (foreign.length > 0) throw refuse(`wants the input ${foreign.join(', ')}, which Cairn does not give.`);
  if (!session.outputNames.includes(output))
    throw refuse(`has no output ${output}, only ${session.outputNames.join(', ')}. Export the bare encoder.`);
  return session;
}

/**
 * One forward pass; blocks the calling thread.
 * @returns `[batch, seq, dimension]`, row-major
 */
export async function forward(session: InferenceSession, padded: PaddedBatch): Promise<Float32Array> {
  const shape = [padded.batch, padded.seq];
  const feeds: Record<string, Tensor> = {
    input_ids: new Tensor('int64', padded.inputIds, shape),
    attention_mask: new Tensor('int64', padded.attentionMask, shape),
  };
  if (session.inputNames.includes('token_type_ids'))
    feeds.token_type_ids = new Tensor('int64', new BigInt64Array(padded.batch * padded.seq), shape);
  const { [output]: hidden } = await session.run(feeds, [output]);
  return hidden.data as Float32Array;
}
