import type { Report } from '../report.js';
import type { BenchEncoder } from './encoders.js';
import type { Options } from './options.js';
import type { TextSets } from './text-sets.js';

/** What a section is given. */
export interface Setting {
  readonly options: Options;
  readonly encoder: BenchEncoder;
  readonly texts: TextSets;
  readonly report: Report;
  /** Folder that is removed at the end. */
  readonly scratch: string;
  /** Model store of this encoder: what the engine learns about it in one section is known in the next. */
  readonly store: string;
  /** Something to know about the figures; printed, and kept with them. */
  note(text: string): void;
}

/** Starts things in turn and stops them all, the last one first, whatever happens. */
export async function withAll<T>(
  work: (keep: <R extends { stop(): Promise<unknown> }>(started: R) => R) => Promise<T>,
): Promise<T> {
  const started: { stop(): Promise<unknown> }[] = [];
  try {
    return await work((one) => (started.push(one), one));
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}
