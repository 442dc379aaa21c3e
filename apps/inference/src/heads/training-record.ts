/**
 * What a head's training said of the examples it had not learned from, and which it has learned from: what an honest
 * comparison with another head needs. The head that serves is fitted on everything; what is recorded are verdicts of the
 * same training before that, each by a fit that had not seen the example.
 */
import { createHash } from 'node:crypto';
import { largestIndex } from './calibration.js';
import { softmax } from './softmax-head.js';

/** All of `[count]`, one entry an example. */
export interface TrainingRecord {
  /** Of the example's text; see TrainingSet.keys. */
  readonly keys: Float64Array;
  /** Its class. */
  readonly labels: Int32Array;
  /** The most probable class by a fit that had not seen it; -1 if there is none: it was learned from. */
  readonly best: Int32Array;
  /** Probability of that class, calibrated by a temperature that was fitted without the example. */
  readonly confidence: Float32Array;
  /** What was compared with the threshold. */
  readonly score: Float32Array;
  /** 1 where the score is below the threshold. */
  readonly unknown: Uint8Array;
}

/** What was said of one held-out example. */
export interface HeldOutVerdict {
  readonly index: number;
  /** `[classes]`, with what the memory adds. */
  readonly logits: Float64Array;
  readonly score: number;
}

/**
 * @param judged each example at most once
 * @param temperatures one for each of `judged`
 */
export function recordOf(
  { keys, labels }: { readonly keys: Float64Array; readonly labels: Int32Array },
  judged: readonly HeldOutVerdict[],
  temperatures: ArrayLike<number>,
  threshold: number,
): TrainingRecord {
  const count = keys.length;
  const record = {
    ...{ keys, labels },
    best: new Int32Array(count).fill(-1),
    confidence: new Float32Array(count),
    score: new Float32Array(count),
    unknown: new Uint8Array(count),
  };
  for (const [i, { index, logits, score }] of judged.entries()) {
    const best = largestIndex(logits);
    record.best[index] = best;
    record.confidence[index] = softmax(logits, temperatures[i])[best];
    record.score[index] = score;
    record.unknown[index] = score < threshold ? 1 : 0;
  }
  return record;
}

/** SHA-256, lower-case hex, over keys and classes of the examples, in any order. */
export function hashRecord({ keys, labels }: TrainingRecord, classes: readonly string[]): string {
  const lines = Array.from(keys, (key, i) => `${key} ${classes[labels[i]]}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** Eight bytes of a key, four of each other number, one of `unknown`; little-endian, one array after the other. */
const bytesPerExample = 8 + 4 * 4 + 1;

export function packRecord(record: TrainingRecord): Buffer {
  const { keys, labels, best, confidence, score, unknown } = record;
  const parts = [keys, labels, best, confidence, score, unknown];
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

/** @throws Error if the bytes are no whole number of examples */
export function unpackRecord(bytes: Buffer): TrainingRecord {
  const count = bytes.length / bytesPerExample;
  if (!Number.isInteger(count)) throw new Error(`has ${bytes.length} bytes, not ${bytesPerExample} for each example.`);
  const { buffer } = Uint8Array.from(bytes);
  return {
    keys: new Float64Array(buffer, 0, count),
    labels: new Int32Array(buffer, 8 * count, count),
    best: new Int32Array(buffer, 12 * count, count),
    confidence: new Float32Array(buffer, 16 * count, count),
    score: new Float32Array(buffer, 20 * count, count),
    unknown: new Uint8Array(buffer, 24 * count, count),
  };
}
