import type { GraphqlClient, UserError } from '../graphql/graphql-client.js';
import { importRecords as importRecordsMutation } from '../graphql/operations.js';
import { byteLines } from './byte-lines.js';
import { newTally, pace, type ImportListener, type ImportTally } from './import-questions.js';
import type { ImportSource } from './import-source.js';
import { fault, type RowFault } from './source-row.js';
import { decodeUtf8, notUtf8 } from './utf8.js';

const lineLimit = 8 * 1024 * 1024;
/** One request: small enough for the gateway's body limit of 4 MiB, with every quote of a record escaped. */
const batchRecords = 250;
const batchBytes = 1024 * 1024;

interface Payload {
  readonly userErrors: readonly UserError[];
  readonly results?: readonly {
    readonly line: number;
    readonly outcome: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'FAILED';
    readonly code?: string | null;
    readonly field?: string | null;
    readonly message?: string | null;
  }[];
}

/**
 * Imports an export of everything, in its order, with one batch in memory.
 * @param after the line an earlier attempt came to, with its tally
 * @throws CommandFailure if the server refuses a batch as a whole or cannot be reached
 */
export async function importRecords(
  client: GraphqlClient,
  source: ImportSource,
  { dryRun, after }: { dryRun: boolean; after?: { readonly line: number; readonly tally: ImportTally } },
  listener: ImportListener,
): Promise<ImportTally> {
  const tally: ImportTally = { ...newTally(), ...after?.tally };
  const refuse = async (refused: RowFault) => {
    tally.failed += 1;
    await listener.onFault(refused);
  };
  const started = performance.now();
  let batch: { line: number; json: string }[] = [];
  let size = 0;
  let line = after?.line ?? 0;
  let last = '';
  const flush = async () => {
    if (batch.length > 0) await sendBatch(client, batch, dryRun, tally, refuse);
    batch = [];
    size = 0;
    await listener.onBatch?.(line, tally);
    listener.onProgress(pace(line, line - (after?.line ?? 0), source.totalLines, (performance.now() - started) / 1000));
  };
  for await (const { line: number, bytes } of byteLines(source.chunks!, lineLimit)) {
    if (bytes !== undefined && bytes.length > 0) last = bytes.subarray(0, 40).toString('latin1');
    if (number <= (after?.line ?? 0) || bytes?.length === 0) continue;
    line = number;
    const json = bytes && decodeUtf8(bytes);
    if (json === undefined) {
      await refuse(
        bytes === undefined
          ? fault(number, `the line is longer than ${lineLimit / 1024 / 1024} MiB`)
          : fault(number, `the line ${notUtf8(bytes)}`),
      );
      continue;
    }
    if (isFrame(json)) continue;
    batch.push({ line: number, json });
    size += bytes!.length;
    if (batch.length >= batchRecords || size >= batchBytes) await flush();
  }
  await flush();
  if (!/^\{"record":"end"/.test(last))
    await refuse(
      fault(line, 'the file ends before the export does: it was cut, or the export was not finished; import it whole'),
    );
  return tally;
}

/** The first and the last line of an export frame it; the first one's format is the server's to check. */
const isFrame = (json: string): boolean => /^\{"record":"(export","format":1|end","records":\d+)\}$/.test(json);

async function sendBatch(
  client: GraphqlClient,
  records: readonly { line: number; json: string }[],
  dryRun: boolean,
  tally: ImportTally,
  refuse: (refused: RowFault) => Promise<void>,
): Promise<void> {
  const { results = [] } = await client.mutate<Payload>(importRecordsMutation, 'importRecords', {
    input: { records, dryRun },
  });
  for (const { line, outcome, code, field, message } of results) {
    if (outcome === 'CREATED') tally.created += 1;
    else if (outcome === 'UPDATED') tally.updated += 1;
    else if (outcome === 'UNCHANGED') tally.unchanged += 1;
    else
      await refuse({
        line,
        code: code ?? 'INTERNAL',
        message: message ?? 'the server refused the record',
        ...(field && { field }),
      });
  }
}
