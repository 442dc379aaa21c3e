import type { RegressionEngine } from '../../apps/inference/src/heads/regression-engine.js';
import type { Report } from '../report.js';
import type { DataSets } from './data-sets.js';
import type { Embeddings } from './embeddings.js';
import type { Options } from './options.js';

/** What a section works with. */
export interface Setting {
  readonly options: Options;
  /** Folder of the encoder. */
  readonly encoder: string;
  /** Folder for what is made and not kept. */
  readonly scratch: string;
  readonly data: DataSets;
  readonly embeddings: Embeddings;
  readonly engine: RegressionEngine;
  readonly report: Report;
  /** Says something about the figures, on the screen and in the file. */
  readonly note: (text: string) => void;
}

/** Poolings that heads are trained on: the vectors that are stored, and those that serve heads best. */
export const poolings = ['mean', 'mean+max'] as const;

export const seedsOf = ({ seeds }: Options): number[] => Array.from({ length: seeds }, (_, seed) => seed);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation over the seeds (of the sample); 0 for one. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** A figure over the seeds: its mean, and how far they lie apart. */
export function addOverSeeds(
  { report }: Setting,
  figure: string,
  values: readonly number[],
  options: { readonly target?: number; readonly lower?: boolean } = {},
): void {
  report.add(figure, mean(values), 'share', options);
  if (values.length > 1)
    report.add(`${figure}, standard deviation over ${values.length} seeds`, deviation(values), 'share');
}
