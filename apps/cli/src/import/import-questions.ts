import type { GraphqlClient, UserError } from '../graphql/graphql-client.js';
import { importQuestions } from '../graphql/operations.js';
import type { Progress } from '../output/progress.js';
import { prepareRow, type ColumnMap, type ImportRow, type PreparedRow } from './columns.js';
import type { Duplicate, DuplicateRule } from './duplicates.js';
import type { ImportSource } from './import-source.js';
import type { GivenLabel, TopicRow } from './label-table.js';
import { SeenIds } from './seen-ids.js';
import { fault, isFault, type RowFault } from './source-row.js';

export interface ImportOptions {
  readonly columns: ColumnMap;
  /** Source of rows that name none themselves, and of all rows if `overrideSource`. */
  readonly source: string;
  readonly overrideSource?: boolean;
  /** Topics by external id; they come before those in the file. */
  readonly labels?: ReadonlyMap<string, GivenLabel>;
  readonly topics?: readonly TopicRow[];
  /** Topics whose labels are not given. */
  readonly hiddenTopics?: ReadonlySet<string>;
  readonly dryRun?: boolean;
  /** Rows to import at most. */
  readonly limit?: number;
  /** What is done with rows that are nearly the same as a question that is there. */
  readonly duplicates?: DuplicateRule;
  /** The line an earlier attempt came to, with its tally: rows up to it are read, and not sent again. */
  readonly after?: { readonly line: number; readonly tally: ImportTally };
}

export interface ImportTally {
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  /** Rows without an id whose text stands on an earlier line too: the first one counts. */
  repeated: number;
  /** Rows left out because a question is there that is nearly the same. */
  skipped: number;
}

export const newTally = (): ImportTally => ({
  created: 0,
  updated: 0,
  unchanged: 0,
  failed: 0,
  repeated: 0,
  skipped: 0,
});

export interface ImportListener {
  /** Waited for: whoever keeps faults says when there is room for more. */
  onFault(fault: RowFault): void | Promise<void>;
  onProgress(progress: Progress): void;
  onDuplicate?(duplicate: Duplicate): void;
  /** After each batch: everything up to this line is in the tally. */
  onBatch?(line: number, tally: ImportTally): Promise<void>;
}

/** One request: small enough for the gateway's body limit of 4 MiB, escapes included, and large enough to be quick. */
const batchRows = 250;
const batchBytes = 1024 * 1024;
/** Progress is shown and kept at least so often. */
const rowsBetweenFlushes = 20_000;

interface ImportPayload {
  readonly userErrors: readonly UserError[];
  readonly results?: readonly {
    readonly line: number;
    readonly outcome: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'FAILED' | 'SKIPPED';
    readonly duplicate?: { readonly text: string; readonly similarity: number } | null;
    readonly code?: string | null;
    readonly field?: string | null;
    readonly message?: string | null;
  }[];
}

/**
 * Imports one source, in batches, holding one batch in memory. Rows that cannot be imported are told to the listener
 * and counted; the others go on.
 * @throws CommandFailure if the server refuses a batch as a whole or cannot be reached
 */
export async function importSource(
  client: GraphqlClient,
  source: ImportSource,
  options: ImportOptions,
  listener: ImportListener,
): Promise<ImportTally> {
  const after = options.after?.line ?? 0;
  const tally: ImportTally = { ...newTally(), ...options.after?.tally };
  const refuse = async (refused: RowFault) => {
    tally.failed += 1;
    await listener.onFault(refused);
  };
  const seen = new SeenIds();
  const started = performance.now();
  let batch: PreparedRow[] = [];
  let bytes = 0;
  let rows = 0;
  let line = after;
  let sinceFlush = 0;
  const flush = async () => {
    if (batch.length > 0) await sendBatch(client, batch, options, tally, listener, refuse);
    batch = [];
    bytes = 0;
    sinceFlush = 0;
    // A page of HTML is one line with many rows; it is not known here whether more of them are to come.
    if (source.format !== 'html') await listener.onBatch?.(line, tally);
    listener.onProgress(pace(line, line - after, source.totalLines, (performance.now() - started) / 1000));
  };
  for await (const item of source.items) {
    if (rows >= (options.limit ?? Infinity)) break;
    rows += 1;
    const prepared = isFault(item) ? item : prepareRow(item, options.columns);
    if (item.line <= after) {
      // It is in the tally already; a later row may repeat it.
      if (!isFault(prepared)) seen.add(`${sourceOf(prepared, options)}\0${prepared.row.externalId}`);
      continue;
    }
    line = item.line;
    sinceFlush += 1;
    // A file may be nothing but faults.
    if (sinceFlush >= rowsBetweenFlushes) await flush();
    if (isFault(prepared)) {
      await refuse(prepared);
      continue;
    }
    const sourceName = sourceOf(prepared, options);
    if (seen.add(`${sourceName}\0${prepared.row.externalId}`)) {
      if (prepared.hashed) tally.repeated += 1;
      else
        await refuse(
          fault(item.line, `the id "${prepared.row.externalId}" stands on an earlier line too`, 'id', prepared.file),
        );
      continue;
    }
    batch.push(prepared);
    bytes += Buffer.byteLength(prepared.row.text) + Buffer.byteLength(prepared.row.answer ?? '');
    if (batch.length >= batchRows || bytes >= batchBytes) await flush();
  }
  await flush();
  return tally;
}

async function sendBatch(
  client: GraphqlClient,
  batch: readonly PreparedRow[],
  options: ImportOptions,
  tally: ImportTally,
  listener: ImportListener,
  refuse: (refused: RowFault) => Promise<void>,
): Promise<void> {
  const bySource = new Map<string, PreparedRow[]>();
  for (const prepared of batch) {
    const name = sourceOf(prepared, options);
    bySource.set(name, [...(bySource.get(name) ?? []), prepared]);
  }
  for (const [source, prepared] of bySource) {
    const rows = prepared.map(({ row }) => withLabel(row, options));
    const named = new Set(rows.map(({ topic }) => topic));
    const topics = options.topics?.filter(({ slug }) => named.has(slug));
    const duplicates = options.duplicates && ruleNames[options.duplicates];
    const input = { source, rows, topics, dryRun: options.dryRun ?? false, duplicates };
    const { results = [] } = await client.mutate<ImportPayload>(importQuestions, 'importQuestions', { input });
    for (const [i, { outcome, line, code, field, message, duplicate }] of results.entries()) {
      if (duplicate) {
        const { text: like, similarity } = duplicate;
        const file = prepared[i].file;
        listener.onDuplicate?.({ line, ...(file && { file }), text: rows[i].text, like, similarity });
      }
      if (outcome === 'CREATED') tally.created += 1;
      else if (outcome === 'UPDATED') tally.updated += 1;
      else if (outcome === 'UNCHANGED') tally.unchanged += 1;
      else if (outcome === 'SKIPPED') tally.skipped += 1;
      else
        await refuse({
          line,
          code: code ?? 'INTERNAL',
          message: message ?? 'the server refused the row',
          ...(field && { field }),
          ...(prepared[i].file && { file: prepared[i].file }),
        });
    }
  }
}

const ruleNames = { report: 'REPORT', skip: 'SKIP', keep: 'KEEP' } as const;

const sourceOf = ({ source }: PreparedRow, options: ImportOptions): string =>
  options.overrideSource ? options.source : (source ?? options.source);

/** The row with the label it is given, if any. */
function withLabel({ topic: own, ...row }: ImportRow, { labels, hiddenTopics }: ImportOptions): ImportRow {
  const given = labels?.get(row.externalId);
  const topic = given === undefined ? own : given.given ? given.topic : undefined;
  return topic === undefined || hiddenTopics?.has(topic) ? row : { ...row, topic };
}

/** @param worked units of this attempt, which tell how fast it is */
export function pace(done: number, worked: number, total: number, seconds: number): Progress {
  const rate = seconds > 0 ? worked / seconds : 0;
  return { done, total, rate, etaSeconds: rate > 0 ? Math.max(0, total - done) / rate : undefined };
}
