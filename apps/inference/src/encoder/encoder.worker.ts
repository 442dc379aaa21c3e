/** The thread of one encoder session: `run()` of onnxruntime-node blocks the thread that calls it. */
import { Refusal } from '../threads/refusal.js';
import { collate } from '../batching/collate.js';
import { serveRequests } from '../threads/serve-requests.js';
import { pool } from './pooling.js';
import { forward, openSession } from './session.js';

export interface EncoderData {
  readonly onnxFile: string;
  readonly threads: number;
  /** Hidden size according to config.json. */
  readonly dimension: number;
  readonly padId: number;
}

/** One batch; the arrays move to the thread. */
export interface EncoderRequest {
  /** Ids of all texts, one after the other. */
  readonly ids: Int32Array;
  /** `[batch]`, ids of each text. */
  readonly lengths: Int32Array;
  /** `[batch]`, see rowMode. */
  readonly modes: Uint8Array;
}

export interface EncoderAnswer {
  /** `[batch, dimension]`, row-major. */
  readonly vectors: Float32Array;
  /** Rows whose vector is not finite. */
  readonly failed: number[];
}

void serveRequests<EncoderData, EncoderRequest, EncoderAnswer, Record<string, never>>(async (data) => {
  const { onnxFile, threads, dimension, padId } = data;
  const session = await openSession(onnxFile, threads);
  const handle = async ({ ids, lengths, modes }: EncoderRequest) => {
    const padded = collate(ids, lengths, padId);
    const hidden = await forward(session, padded);
    const components = hidden.length / (padded.batch * padded.seq);
    if (components !== dimension)
      throw new Refusal(
        'source',
        `${onnxFile} gives vectors of ${components} components; config.json says ${dimension}.`,
      );
    const answer = pool(hidden, lengths, modes, padded.seq, dimension);
    return { answer, transfer: [answer.vectors.buffer as ArrayBuffer] };
  };
  return { info: {}, handle };
});
