import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { columnMap, prepareRow } from '../import/columns.js';
import { openSource } from '../import/import-source.js';
import { readLabelTable, type GivenLabel } from '../import/label-table.js';
import { isFault } from '../import/source-row.js';

/**
 * Writes the questions of the starter content with their topics as a table, `text<TAB>label`. Labels that are kept back
 * from the first run are among them: who measures with them learns nothing that stays.
 * @param contentFolder the `content/` folder
 */
export async function writeStarterExamples(contentFolder: string, file: string): Promise<void> {
  const labels = await readLabelTable(join(contentFolder, 'incoming', 'labels.tsv'));
  await pipeline(Readable.from(lines(contentFolder, labels)), createWriteStream(file));
}

async function* lines(contentFolder: string, labels: ReadonlyMap<string, GivenLabel>): AsyncGenerator<string> {
  yield 'text\tlabel\n';
  const columns = columnMap();
  for (const path of [join(contentFolder, 'questions'), join(contentFolder, 'incoming', 'questions.tsv')]) {
    const { items } = await openSource(path, columns);
    for await (const item of items) {
      const prepared = isFault(item) ? item : prepareRow(item, columns);
      if (isFault(prepared)) continue;
      const { text, externalId, topic = labels.get(externalId)?.topic } = prepared.row;
      if (topic !== undefined) yield `${text.replace(/\s+/g, ' ')}\t${topic}\n`;
    }
  }
}
