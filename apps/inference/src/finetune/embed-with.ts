import { availableParallelism } from 'node:os';
import { collate } from '../batching/collate.js';
import type { EncodingSpec, Pooling } from '../encoder/encoding-spec.js';
import { openOnnx } from '../encoder/onnx-forward.js';
import { pool } from '../encoder/pooling.js';
import { startsOf, takeTokens, type TokenRows } from './augmentation.js';
import type { ExampleTokenizer } from './tokenize-examples.js';
import { TrainingCancelled } from './trainer.js';
import { epochBatches } from './training-batches.js';

/** An encoder's files, and what its configuration says of it: the part of a ModelFolder that threads need. */
export interface EncoderFiles {
  readonly onnxFile: string;
  readonly tokenizerFile: string;
  readonly tokenizerConfigFile: string | undefined;
  readonly maxTokens: number;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly pooling: Pooling;
  readonly dimension: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediate: number;
}

/** Texts with the ids and vectors that the encoder has for them, each text alone. */
export interface GoldenVectors {
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly vectors: readonly Float32Array[];
}

export interface Embedder {
  /** `[count, dimension]`, row-major, as the encoder wants to be pooled. */
  embed(texts: TokenRows, onProgress?: (done: number) => void, isCancelled?: () => boolean): Promise<Float32Array>;
  golden(tokenizer: ExampleTokenizer, texts: readonly string[]): Promise<GoldenVectors>;
}

/** As the service batches by default. */
const limits = { examples: 64, tokens: 1024 };
/** More threads gain nothing on batches of this size. */
const mostThreads = 8;

/**
 * Opens an encoder as the service does, to embed on the thread that calls.
 * @param normalize whether vectors are scaled to length 1
 */
export async function embedWith(
  { onnxFile: file, layers, dimension, pooling, padId }: EncoderFiles,
  normalize = true,
): Promise<Embedder> {
  const threads = Math.min(availableParallelism(), mostThreads);
  const { forward } = await openOnnx({ type: 'onnx', file, threads, device: 'cpu' }, layers);
  const spec: EncodingSpec = { layers: [layers], combination: 'mean', pooling, normalize, dimension };
  const embedRows = async ({ ids, lengths }: TokenRows) => {
    const padded = collate(ids, lengths, padId);
    const [hidden] = await forward(padded, [layers]);
    return pool(new Map([[layers, hidden]]), lengths, [spec], new Uint16Array(padded.batch), padded.seq).vectors;
  };
  return {
    embed: async (texts, onProgress = () => undefined, isCancelled = () => false) => {
      const starts = startsOf(texts.lengths);
      const vectors = new Float32Array(texts.lengths.length * dimension);
      let done = 0;
      for (const batch of epochBatches(texts.lengths, limits, 0, 0)) {
        if (isCancelled()) throw new TrainingCancelled('Cancelled after the training, while texts were embedded.');
        const embedded = await embedRows(takeTokens(texts, starts, batch));
        batch.forEach((index, i) =>
          vectors.set(embedded.subarray(i * dimension, (i + 1) * dimension), index * dimension),
        );
        onProgress((done += batch.length));
      }
      return vectors;
    },
    golden: async (tokenizer, texts) => {
      const rows = texts.map((text) => tokenizer.encode([text]));
      const vectors: Float32Array[] = [];
      for (const row of rows) vectors.push(await embedRows(row));
      return { texts, ids: rows.map(({ ids }) => [...ids]), vectors };
    },
  };
}
