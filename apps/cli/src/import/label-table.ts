import { createReadStream } from 'node:fs';
import { readDelimited } from './delimited.js';
import { isFault } from './source-row.js';

/** One row of a table that gives topics to questions by id. */
export interface GivenLabel {
  readonly topic: string;
  /** False for rows that are kept back, to score with. */
  readonly given: boolean;
}

export interface TopicRow {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
}

/** A label or topic table that cannot be used; the message names file and line. */
export class TableError extends Error {
  override name = 'TableError';
}

/**
 * Reads a table with the columns `id`, `topic` (or `label`) and, if wanted, `use`: then only rows whose `use` is
 * `label` are given.
 * @throws TableError on the first line that cannot be used
 */
export async function readLabelTable(path: string): Promise<Map<string, GivenLabel>> {
  const labels = new Map<string, GivenLabel>();
  for await (const row of readTable(path, [['id'], ['topic', 'label']]))
    labels.set(row.id, { topic: row.topic ?? row.label, given: row.use === undefined || row.use === 'label' });
  return labels;
}

/**
 * Reads a table with the columns `slug`, `title` and, if wanted, `description`.
 * @throws TableError on the first line that cannot be used
 */
export async function readTopicTable(path: string): Promise<TopicRow[]> {
  const topics: TopicRow[] = [];
  for await (const { slug, title, description = '' } of readTable(path, [['slug'], ['title']]))
    topics.push({ slug, title, description });
  return topics;
}

async function* readTable(path: string, required: readonly string[][]): AsyncGenerator<Record<string, string>> {
  const csv = path.toLowerCase().endsWith('.csv');
  const items = readDelimited(createReadStream(path), { separator: csv ? ',' : '\t', quoted: csv });
  for await (const item of items) {
    if (isFault(item)) throw new TableError(`${path}, line ${item.line}: ${item.message}`);
    const fields = item.fields as Record<string, string>;
    for (const names of required) {
      const value = names.map((name) => fields[name]).find((field) => field !== undefined);
      if (value === undefined) throw new TableError(`${path}: there is no column ${names.join(' or ')}`);
      if (value.trim() === '') throw new TableError(`${path}, line ${item.line}: ${names[0]} is empty`);
    }
    yield fields;
  }
}
