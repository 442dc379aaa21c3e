import { basename, extname } from 'node:path';

export const fileFormats = ['csv', 'tsv', 'jsonl', 'markdown', 'html'] as const;
/** What a caller may say a file is; an export of everything shows by its first line. */
export type ChosenFormat = (typeof fileFormats)[number];
export type FileFormat = ChosenFormat | 'records';

const formatOfExtension: Readonly<Record<string, ChosenFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.html': 'html',
  '.htm': 'html',
};

export const acceptedFiles =
  'Markdown with front matter (.md), HTML pages (.html), CSV (.csv), TSV (.tsv) and JSON lines (.jsonl)';

/** First bytes of files that people take for text by mistake. */
const signatures: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['a PNG image', Buffer.from('\x89PNG', 'latin1')],
  ['a JPEG image', Buffer.from('\xff\xd8\xff', 'latin1')],
  ['a GIF image', Buffer.from('GIF8')],
  ['a WebP or WAV file', Buffer.from('RIFF')],
  ['a PDF document', Buffer.from('%PDF-')],
  ['a ZIP archive (or an Excel or Word file)', Buffer.from('PK\x03\x04', 'latin1')],
  ['an old Excel or Word file', Buffer.from('\xd0\xcf\x11\xe0', 'latin1')],
  ['a gzip archive', Buffer.from('\x1f\x8b', 'latin1')],
  ['an SQLite database', Buffer.from('SQLite format 3\0')],
  ['a Parquet file', Buffer.from('PAR1')],
  ['a program', Buffer.from('\x7fELF', 'latin1')],
];

/** A file that is none of the accepted ones; the message says what it is. */
export class FileFormatError extends Error {
  override name = 'FileFormatError';
}

/**
 * The format of a file.
 * @param head its first bytes (a few KiB are enough), in UTF-8
 * @param chosen what the caller said it is; its name then does not matter
 * @throws FileFormatError if it is not one of the accepted formats
 */
export function fileFormat(path: string, head: Buffer, chosen?: ChosenFormat): FileFormat {
  const name = basename(path);
  refuseContent(path, isBinary(head) ? 'a binary file' : undefined);
  const format = chosen ?? formatOfExtension[extname(name).toLowerCase()];
  if (format === undefined) {
    const json =
      extname(name).toLowerCase() === '.json' ? ' If it has one JSON object a line, say --format jsonl.' : '';
    throw new FileFormatError(
      `${name}: what this file is cannot be told from its name.${json} Accepted: ${acceptedFiles}; or say --format.`,
    );
  }
  if (format === 'jsonl' && !looksLikeJsonLines(head))
    throw new FileFormatError(
      `${name} is one JSON document, not JSON lines. Write one object a line, for an array with: jq -c '.[]' ${name}`,
    );
  return format === 'jsonl' && isExport(head) ? 'records' : format;
}

/** Whether the first line is that of an export of everything. */
function isExport(head: Buffer): boolean {
  const [line] = head.toString('utf8').split('\n', 1);
  return /^\s*\{\s*"record"\s*:\s*"export"/.test(line);
}

/**
 * @param head the first bytes of the file, as they are
 * @throws FileFormatError if they are those of no text
 */
export function refuseSignatures(path: string, head: Buffer): void {
  if (head.length === 0) throw new FileFormatError(`${basename(path)} is empty.`);
  refuseContent(path, signatures.find(([, bytes]) => head.subarray(0, bytes.length).equals(bytes))?.[0]);
}

function refuseContent(path: string, what: string | undefined): void {
  if (what !== undefined)
    throw new FileFormatError(`${basename(path)} is ${what}, which cannot be imported. Accepted: ${acceptedFiles}.`);
}

function isBinary(head: Buffer): boolean {
  const control = head.filter((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d).length;
  // A stray control character is a fault of its row; a file full of them is no text.
  return control > head.length / 20 && control > 8;
}

function looksLikeJsonLines(head: Buffer): boolean {
  const text = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text.startsWith('[')) return false;
  // A pretty-printed document opens a brace and breaks the line.
  return !/^\{\s*\r?\n/.test(text);
}
