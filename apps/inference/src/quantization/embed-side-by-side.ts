import type { GateEncoder, TextBatch } from './gate-encoder.js';

/** The same texts through two encoders. */
export interface SideBySide {
  /** `[texts, dimension]`, row-major, of each. */
  readonly vectors: readonly [Float32Array, Float32Array];
  /** Seconds each took. */
  readonly seconds: readonly [number, number];
}

/**
 * Embeds each batch with both, in turns, so that whatever else the machine does slows both down alike.
 * @param report told the texts done, after each batch
 */
export async function embedSideBySide(
  encoders: readonly [GateEncoder, GateEncoder],
  batches: readonly TextBatch[],
  texts: number,
  dimension: number,
  report: (done: number) => void,
): Promise<SideBySide> {
  const vectors: [Float32Array, Float32Array] = [
    new Float32Array(texts * dimension),
    new Float32Array(texts * dimension),
  ];
  const seconds: [number, number] = [0, 0];
  // First runs allocate.
  for (const encoder of encoders) if (batches.length > 0) await encoder.embed(batches[batches.length - 1]);
  let done = 0;
  for (const [i, batch] of batches.entries()) {
    for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
      const started = performance.now();
      const rows = await encoders[which].embed(batch);
      seconds[which] += (performance.now() - started) / 1000;
      batch.rows.forEach((row, j) =>
        vectors[which].set(rows.subarray(j * dimension, (j + 1) * dimension), row * dimension),
      );
    }
    report((done += batch.rows.length));
  }
  return { vectors, seconds };
}
