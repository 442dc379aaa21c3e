import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { hasTextColumn, type ColumnMap } from './columns.js';
import { HeaderError, readDelimited } from './delimited.js';
import { fileFormat, FileFormatError, type FileFormat } from './file-format.js';
import { readJsonLines } from './json-lines.js';
import { readHtml } from './html.js';
import { readMarkdown } from './markdown.js';
import type { SourceItem } from './source-row.js';

/** A file, or a folder of Markdown files or HTML pages, ready to be read once. */
export interface ImportSource {
  readonly path: string;
  /** Name the questions get as their source unless told otherwise. */
  readonly name: string;
  readonly format: FileFormat;
  /** Lines of a file, files of a folder: what `line` of an item counts towards. */
  readonly totalLines: number;
  readonly items: AsyncIterable<SourceItem>;
}

export { FileFormatError, HeaderError };

const headBytes = 4096;
const newline = 0x0a;

/**
 * Opens a file or folder for import. The name of a table is the file's without extension; of a folder, and of a
 * Markdown file in it, the folder's.
 * @throws FileFormatError if it is not one of the accepted formats
 * @throws HeaderError (while `items` is read) if a table's first line names no column for the text
 */
export async function openSource(path: string, columns: ColumnMap, chosen?: FileFormat): Promise<ImportSource> {
  const found = await stat(path);
  if (found.isDirectory()) return openFolder(path, chosen);
  if (!found.isFile()) throw new FileFormatError(`${path} is neither a file nor a folder.`);
  const format = fileFormat(path, await readHead(path), chosen);
  if (format === 'html') return htmlSource(path, dirname(resolve(path)), [resolve(path)]);
  if (format === 'markdown') return markdownSource(path, dirname(resolve(path)), [resolve(path)]);
  const chunks = createReadStream(path) as AsyncIterable<Buffer>;
  const items =
    format === 'jsonl'
      ? readJsonLines(chunks)
      : readDelimited(chunks, {
          separator: format === 'csv' ? ',' : '\t',
          quoted: format === 'csv',
          onHeader: (names) => requireText(path, names, columns),
        });
  return { path, name: basename(path, extname(path)), format, totalLines: await countLines(path), items };
}

async function openFolder(folder: string, chosen?: FileFormat): Promise<ImportSource> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const named = (pattern: RegExp) =>
    entries
      .filter((entry) => entry.isFile() && pattern.test(entry.name))
      .map((entry) => resolve(entry.parentPath, entry.name))
      .sort();
  const [markdown, pages] = [named(/\.(md|markdown)$/i), named(/\.html?$/i)];
  const asPages = chosen === undefined ? markdown.length === 0 : chosen === 'html';
  if ((asPages ? pages : markdown).length === 0)
    throw new FileFormatError(
      `${folder} holds no Markdown files (.md) and no HTML pages (.html). Name the other files to import one by one.`,
    );
  return asPages ? htmlSource(folder, resolve(folder), pages) : markdownSource(folder, resolve(folder), markdown);
}

function markdownSource(path: string, root: string, files: readonly string[]): ImportSource {
  const items = readMarkdown(files, root);
  return { path, name: basename(root), format: 'markdown', totalLines: files.length, items };
}

function htmlSource(path: string, root: string, files: readonly string[]): ImportSource {
  return { path, name: basename(root), format: 'html', totalLines: files.length, items: readHtml(files, root) };
}

function requireText(path: string, names: readonly string[], columns: ColumnMap): void {
  if (hasTextColumn(names, columns)) return;
  throw new HeaderError(
    `${path}, line 1: there is no column ${columns.text.join(' or ')} (found: ${names.join(', ')}). ` +
      'The first line must name the columns; --map COLUMN=text says which holds the text.',
  );
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** For progress: reading a file through costs a small part of importing it. */
async function countLines(path: string): Promise<number> {
  let lines = 1;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>)
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) lines += 1;
  return lines;
}
