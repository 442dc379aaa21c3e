import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { hasTextColumn, type ColumnMap } from './columns.js';
import { HeaderError, readDelimited } from './delimited.js';
import { asUtf8, type Encoding } from './encoding.js';
import { fileFormat, FileFormatError, refuseSignatures, type ChosenFormat, type FileFormat } from './file-format.js';
import { readJsonLines } from './json-lines.js';
import { readHtml } from './html.js';
import { readMarkdown } from './markdown.js';
import type { SourceItem } from './source-row.js';
import { surveyFile } from './survey-file.js';

/** A file, or a folder of Markdown files or HTML pages, ready to be read once. */
export interface ImportSource {
  readonly path: string;
  /** Name the questions get as their source unless told otherwise. */
  readonly name: string;
  readonly format: FileFormat;
  /** Lines of a file, files of a folder: what `line` of an item counts towards. */
  readonly totalLines: number;
  readonly items: AsyncIterable<SourceItem>;
  /** Of an export of everything: its bytes, in UTF-8; it has no items. */
  readonly chunks?: AsyncIterable<Buffer>;
  /** What somebody should know about how it is read. */
  readonly note?: string;
}

export interface HowToRead {
  /** What it is, whatever its name. */
  readonly format?: ChosenFormat;
  /** How it is encoded; found out if absent. */
  readonly encoding?: Encoding;
}

export { FileFormatError, HeaderError };

const headBytes = 4096;

/**
 * Opens a file or folder for import. The name of a table is the file's without extension; of a folder, and of a
 * Markdown file in it, the folder's.
 * @throws FileFormatError if it is not one of the accepted formats
 * @throws HeaderError (while `items` is read) if a table's first line names no column for the text
 */
export async function openSource(path: string, columns: ColumnMap, how: HowToRead = {}): Promise<ImportSource> {
  const found = await stat(path);
  if (found.isDirectory()) return openFolder(path, how);
  if (!found.isFile()) throw new FileFormatError(`${path} is neither a file nor a folder.`);
  refuseSignatures(path, await readHead(path, 'utf-8'));
  const { encoding, lines, note } = await surveyFile(path, how.encoding);
  const format = fileFormat(path, await readHead(path, encoding), how.format);
  const folder = dirname(resolve(path));
  if (format === 'html') return htmlSource(path, folder, [resolve(path)], how.encoding);
  if (format === 'markdown') return markdownSource(path, folder, [resolve(path)], how.encoding);
  const chunks = asUtf8(createReadStream(path) as AsyncIterable<Buffer>, encoding);
  const source = { path, name: basename(path, extname(path)), format, totalLines: lines, ...(note && { note }) };
  if (format === 'records') return { ...source, items: nothing(), chunks };
  const items =
    format === 'jsonl'
      ? readJsonLines(chunks)
      : readDelimited(chunks, {
          separator: format === 'csv' ? ',' : '\t',
          quoted: format === 'csv',
          onHeader: (names) => requireText(path, names, columns),
        });
  return { ...source, items };
}

async function* nothing(): AsyncGenerator<SourceItem> {}

async function openFolder(folder: string, { format, encoding }: HowToRead): Promise<ImportSource> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const named = (pattern: RegExp) =>
    entries
      .filter((entry) => entry.isFile() && pattern.test(entry.name))
      .map((entry) => resolve(entry.parentPath, entry.name))
      .sort();
  const [markdown, pages] = [named(/\.(md|markdown)$/i), named(/\.html?$/i)];
  const asPages = format === undefined ? markdown.length === 0 : format === 'html';
  if ((asPages ? pages : markdown).length === 0)
    throw new FileFormatError(
      `${folder} holds no Markdown files (.md) and no HTML pages (.html). Name the other files to import one by one.`,
    );
  return asPages
    ? htmlSource(folder, resolve(folder), pages, encoding)
    : markdownSource(folder, resolve(folder), markdown, encoding);
}

function markdownSource(path: string, root: string, files: readonly string[], encoding?: Encoding): ImportSource {
  const items = readMarkdown(files, root, encoding);
  return { path, name: basename(root), format: 'markdown', totalLines: files.length, items };
}

function htmlSource(path: string, root: string, files: readonly string[], encoding?: Encoding): ImportSource {
  const items = readHtml(files, root, encoding);
  return { path, name: basename(root), format: 'html', totalLines: files.length, items };
}

function requireText(path: string, names: readonly string[], columns: ColumnMap): void {
  if (hasTextColumn(names, columns)) return;
  throw new HeaderError(
    `${path}, line 1: there is no column ${columns.text.join(' or ')} (found: ${names.join(', ')}). ` +
      'The first line must name the columns; --map COLUMN=text says which holds the text.',
  );
}

async function readHead(path: string, encoding: Encoding): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const stream = createReadStream(path, { end: headBytes - 1 }) as AsyncIterable<Buffer>;
  for await (const chunk of asUtf8(stream, encoding)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
