import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Beside an encoder: keys of the texts whose labels it, or an encoder it was made from, was trained on. */
export const learnedTextsFile = 'learned.bin';

/** Keys of the texts whose labels an encoder has learned from: none for one that was never fine-tuned here. */
export async function readLearnedTexts(folder: string): Promise<ReadonlySet<number>> {
  const bytes = await readFile(join(folder, learnedTextsFile)).catch(() => undefined);
  return new Set(bytes === undefined ? [] : new Float64Array(Uint8Array.from(bytes).buffer));
}

/** @param keys numbers below 2^52, see TrainingSet.keys; stored as float64, little-endian */
export async function writeLearnedTexts(folder: string, keys: Float64Array): Promise<void> {
  await writeFile(join(folder, learnedTextsFile), Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength));
}
