import type { GraphqlClient } from '../graphql/graphql-client.js';
import { exportRecords as exportRecordsQuery } from '../graphql/operations.js';
import type { Output } from '../output/output.js';
import { ResumableFile } from './resumable-file.js';

export interface RecordExport {
  /** Standard output if absent. */
  readonly out?: string;
  readonly versions: boolean;
  readonly topicId?: string;
  readonly source?: string;
  readonly resume: boolean;
}

interface RecordPage {
  readonly records: readonly string[];
  readonly cursor: string;
  readonly done: boolean;
}

/**
 * Writes everything the space holds, one record a line, with one page in memory.
 * @returns records written by all attempts together, without the first and the last line, which only frame them
 */
export async function exportRecords(client: GraphqlClient, output: Output, wanted: RecordExport): Promise<number> {
  const variables = { versions: wanted.versions, topicId: wanted.topicId, source: wanted.source };
  const of = JSON.stringify([client.url, client.space ?? '', variables]);
  const file = wanted.out === undefined ? undefined : await ResumableFile.open(wanted.out, of, wanted.resume);
  const display = output.progress('exporting');
  const started = performance.now();
  let after = file?.cursor ?? '';
  if (after !== '') output.note('Going on where the last attempt stopped.');
  let written = 0;
  try {
    for (;;) {
      const { exportRecords: page } = await client.request<{ exportRecords: RecordPage }>(exportRecordsQuery, {
        ...variables,
        after: after === '' ? undefined : after,
      });
      const text = page.records.map((record) => `${record}\n`).join('');
      if (file === undefined) await output.write(text);
      else await file.append(text, page.cursor);
      written += page.records.length;
      display.show({ done: written, total: 0, rate: written / ((performance.now() - started) / 1000) });
      if (page.done) {
        await file?.finish();
        return (JSON.parse(page.records.at(-1)!) as { records: number }).records;
      }
      after = page.cursor;
    }
  } catch (error) {
    await file?.leave();
    if (file !== undefined)
      output.note(`What was written so far lies in ${wanted.out}.part; --resume goes on from there.`);
    throw error;
  } finally {
    display.stop();
  }
}
