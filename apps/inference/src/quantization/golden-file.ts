import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { goldenTolerance, largestGoldenTolerance } from '../model-store/golden-vectors.js';
import type { ModelFolder } from '../model-store/model-folder.js';
import { batchOf, tokenize, type GateEncoder } from './gate-encoder.js';
import type { Precision } from './quantize-settings.js';

/** What golden.json holds; see golden-vectors.ts for how it is checked. */
export interface GoldenFile {
  readonly pooling: string;
  readonly texts: readonly string[];
  readonly input_ids: readonly (readonly number[])[];
  readonly embeddings: readonly (readonly number[])[];
  /** Largest difference of a component that is allowed; the usual one if absent. */
  readonly tolerance?: number;
}

/** For encoders without golden texts of their own; examples are somebody's questions and stay where they are. */
const plainTexts = [
  'How do I reset my password?',
  'Where can I download the invoice of last month?',
  'Cancel my subscription, please.',
  'Is the library open on Sundays?',
  'Can two people share one account at the same time?',
  'What is the difference between a list and a tuple?',
  'The parcel has not arrived after 14 days!',
  'Why?',
];

/**
 * Vectors that the variant must give wherever it is loaded.
 *
 * With int8 they depend on the batch: one scale serves the activations of all its texts, and a last bit that another
 * processor rounds otherwise may move an activation by one step. So these vectors come with a tolerance of their own:
 * three times the largest difference between texts alone, in pairs and all together.
 */
export async function makeGoldenFile(
  encoder: GateEncoder,
  folder: ModelFolder,
  source: ModelFolder,
  precision: Precision,
): Promise<GoldenFile> {
  const texts = goldenTexts(source.goldenFile);
  const tokenized = tokenize(folder, texts);
  const numbers = Array.from(texts.keys());
  const embed = async (...rows: number[]) => {
    const vectors = await encoder.embed(batchOf(tokenized, Int32Array.from(rows), folder.padId));
    return rows.map((_, i) => vectors.subarray(i * folder.dimension, (i + 1) * folder.dimension));
  };
  const alone = (await Promise.all(numbers.map((row) => embed(row)))).flat();
  let tolerance: number | undefined;
  if (precision === 'int8') {
    const pairs = (await Promise.all(numbers.map((row) => embed(row, (row + 1) % texts.length)))).map(([own]) => own);
    const together = await embed(...numbers);
    const spread = Math.max(largestDifference(alone, pairs), largestDifference(alone, together));
    tolerance = Number(Math.min(largestGoldenTolerance, Math.max(goldenTolerance, 3 * spread)).toPrecision(2));
  }
  let at = 0;
  return {
    pooling: `${folder.pooling}${folder.pooling === 'mean' ? ' over attention_mask' : ''}, then L2`,
    texts,
    input_ids: Array.from(tokenized.lengths, (length) => [...tokenized.ids.subarray(at, (at += length))]),
    embeddings: alone.map((row) => Array.from(row, (value) => Number(value.toFixed(7)))),
    ...(tolerance !== undefined && { tolerance }),
  };
}

/** As text: a line for each row of numbers. */
export function formatGoldenFile(golden: GoldenFile): string {
  const rows = (matrix: readonly (readonly number[])[]) =>
    `[\n${matrix.map((row) => `    [${row.join(', ')}]`).join(',\n')}\n  ]`;
  const fields = Object.entries(golden).map(([name, value]) => {
    const isMatrix = Array.isArray(value) && Array.isArray(value[0]);
    const text = isMatrix ? rows(value as number[][]) : JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}

const given = z.object({ texts: z.array(z.string().min(1)).min(1) });

/** Texts of an encoder's golden vectors; without any, some that suit every encoder. */
export function goldenTexts(file: string | undefined): readonly string[] {
  if (file === undefined) return plainTexts;
  const read = given.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return read.success ? read.data.texts : plainTexts;
}

function largestDifference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let difference = 0;
  a.forEach((row, i) => row.forEach((value, j) => (difference = Math.max(difference, Math.abs(value - b[i][j])))));
  return difference;
}
