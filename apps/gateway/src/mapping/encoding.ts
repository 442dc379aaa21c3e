import { unpackFloat32, type inferenceV1, type vectorsV1 } from '@cairn/contracts';
import type {
  ClassifyResult,
  Embedding,
  EmbedResult,
  EncodingTimings,
  Provenance,
  TextClassification,
  TextError,
} from '../schema/encoding.js';
import { pooling } from './encode-options.js';
import { given, textOrAbsent } from './values.js';

export const toProvenance = (from: vectorsV1.Provenance): Provenance => ({
  ...from,
  pooling: pooling.fromProto(from.pooling),
  layers: given(from.layers),
});

const toTimings = (from: inferenceV1.Timings | null | undefined): EncodingTimings | undefined =>
  from == null
    ? undefined
    : {
        tokenizationMs: from.tokenizationUs / 1000,
        queueMs: from.queueUs / 1000,
        inferenceMs: from.inferenceUs / 1000,
      };

const byIndex = (errors: TextError[]) => new Map(errors.map((error) => [error.index, error]));

const noBytes = Buffer.alloc(0);

/**
 * The answer for one text. Its components are read from the packed row only when they are selected: a query for all of
 * a thousand rows costs no more than what it asks for.
 */
class EmbeddedText implements Embedding {
  /** @param row `dimension` packed float32; absent if the text was not encoded */
  constructor(
    private readonly item: inferenceV1.ItemInfo,
    readonly error: TextError | undefined,
    private readonly row: Buffer | undefined,
  ) {}

  get tokens(): number {
    return this.item.tokens;
  }

  get truncated(): boolean {
    return this.item.truncated;
  }

  get values(): number[] | undefined {
    return this.row && Array.from(unpackFloat32(this.row));
  }

  get base64(): string | undefined {
    return this.row?.toString('base64');
  }
}

/** @returns the answer for all texts; nothing of it is unpacked before it is selected */
export function toEmbedResult({ items, errors, vectors, timings }: inferenceV1.EmbedResponse): EmbedResult {
  const packed = vectors == null ? noBytes : asBuffer(vectors.data);
  const rowBytes = (vectors?.dimension ?? 0) * 4;
  return {
    get embeddings() {
      const failed = byIndex(errors);
      return items.map((item, index) => {
        const error = failed.get(index);
        const row = error === undefined ? packed.subarray(index * rowBytes, (index + 1) * rowBytes) : undefined;
        return new EmbeddedText(item, error, row);
      });
    },
    get packed() {
      return packed.toString('base64');
    },
    errors,
    provenance: vectors?.provenance == null ? undefined : toProvenance(vectors.provenance),
    timings: toTimings(timings),
  };
}

/** The same bytes, with the methods of a buffer. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function toClassifyResult(response: inferenceV1.ClassifyResponse): ClassifyResult {
  const failed = byIndex(response.errors);
  const headId = textOrAbsent(response.headId);
  // Classes of a head are topics. Those of a model that brought its own head are whatever it was trained on.
  const topicIdOf = (label: string) => (headId === undefined ? undefined : label);
  const classifications = response.items.map((item, index): TextClassification => {
    const { tokens, truncated } = item;
    const error = failed.get(index);
    if (error !== undefined) return { tokens, truncated, error, candidates: [] };
    const { unknown, classes, detector, score, threshold, nearest } = response.classifications[index];
    const because = detector === '' ? undefined : { detector, score, threshold, nearest: given(nearest) };
    const candidates = classes.map(({ label, probability }) => ({ label, topicId: topicIdOf(label), probability }));
    const best = candidates.at(0);
    const { label, topicId, probability: confidence } = best ?? {};
    return { tokens, truncated, unknown, label, topicId, confidence, because, candidates };
  });
  return { classifications, headId, timings: toTimings(response.timings) };
}
