import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingSet } from '../../apps/inference/src/heads/train-head.js';
import { readRows, type LabelledText } from '../inference/text-sets.js';
import type { Embeddings } from './embeddings.js';

/** Labelled texts with their vectors. */
export interface EmbeddedTexts {
  readonly rows: readonly LabelledText[];
  /** `[rows, dimension]`. */
  readonly vectors: Float32Array;
  readonly dimension: number;
}

/** What TEXTOIR's detection protocol draws: the known classes of each setting. */
export type Protocol = Record<string, Record<string, { readonly seed: number; readonly known: readonly string[] }[]>>;

/** Data sets of a folder, read and embedded once. */
export class DataSets {
  constructor(
    private readonly folder: string,
    private readonly embeddings: Embeddings,
    /** Takes only each n-th text. */
    private readonly every: number,
  ) {}

  /** @param name such as "banking77/train" */
  async read(name: string, pooling: string): Promise<EmbeddedTexts> {
    const rows = this.rows(name);
    const embedded = await this.embeddings.of(
      name,
      rows.map(({ text }) => text),
      pooling,
    );
    return { rows, ...embedded };
  }

  /** The texts alone. */
  rows(name: string): LabelledText[] {
    return readRows(join(this.folder, `${name}.tsv`)).filter((_, i) => i % this.every === 0);
  }

  protocol(): Protocol {
    const text = readFileSync(join(this.folder, 'textoir_protocol.json'), 'utf8');
    return (JSON.parse(text) as { detection: Protocol }).detection;
  }
}

export const classesOf = (rows: readonly LabelledText[]): string[] =>
  [...new Set(rows.map(({ label }) => label))].sort();

/** The examples of some classes, numbered in their order, as a training takes them. */
export function trainingSet(
  { rows, vectors, dimension }: EmbeddedTexts,
  classes: readonly string[],
  wanted: (row: number) => boolean = () => true,
): TrainingSet {
  const numbers = new Map(classes.map((label, c) => [label, c]));
  const kept = Array.from(rows.keys()).filter((row) => numbers.has(rows[row].label) && wanted(row));
  const chosen = new Float32Array(kept.length * dimension);
  kept.forEach((row, i) => chosen.set(vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension));
  const labels = Int32Array.from(kept, (row) => numbers.get(rows[row].label)!);
  return { vectors: chosen, dimension, labels, classCount: classes.length, classes };
}
