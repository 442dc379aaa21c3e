import { Readable } from 'node:stream';
import { parse, type CsvError, type Info } from 'csv-parse';
import { fault, type RowFault, type SourceItem } from './source-row.js';
import { decodeUtf8, notUtf8 } from './utf8.js';

/** Longest record that is read; a quote left open would otherwise take in the rest of the file. */
const recordLimit = 8 * 1024 * 1024;

const newline = 0x0a;
const byteOrderMark = Buffer.from('\ufeff');

export interface DelimitedOptions {
  readonly separator: ',' | '\t';
  /** CSV: fields may stand in quotes (RFC 4180). TSV: no, a quote is a character like any other. */
  readonly quoted: boolean;
  /** Told the column names before the first record; throws HeaderError if they will not do. */
  readonly onHeader?: (names: readonly string[]) => void;
}

/** A file whose header cannot be used; the message says why. */
export class HeaderError extends Error {
  override name = 'HeaderError';
}

/**
 * Reads a table whose first line names the columns. Fields are read as bytes, so that a broken one is found on its
 * line. A record with the wrong number of fields or with invalid UTF-8 is a fault; blank lines are passed over.
 * @throws HeaderError if the first line is no header
 */
export async function* readDelimited(
  chunks: AsyncIterable<Buffer>,
  { separator, quoted, onHeader }: DelimitedOptions,
): AsyncGenerator<SourceItem> {
  const broken: CsvError[] = [];
  const parser = parse({
    delimiter: separator,
    record_delimiter: ['\r\n', '\n'],
    quote: quoted ? '"' : false,
    // A stray quote inside a field stays what it is; only a quote that opens a field and never closes is an error.
    relax_quotes: true,
    encoding: null,
    info: true,
    relax_column_count: true,
    skip_records_with_error: true,
    max_record_size: recordLimit,
    on_skip: (error) => {
      if (error !== undefined) broken.push(error);
      return undefined;
    },
  });
  const records = Readable.from(withoutByteOrderMark(chunks))
    .on('error', (error) => parser.destroy(error))
    .pipe(parser);
  let header: string[] | undefined;
  let lastLine = 0;
  for await (const { record, info } of records as AsyncIterable<{ record: Buffer[]; info: Info }>) {
    // The parser is ahead: records before the broken one are still to come.
    if (broken.length > 0 && info.records > brokenAfter(broken[0])) break;
    const line = lastLine + 1;
    // Line breaks inside quotes count too.
    lastLine += 1 + record.reduce((count, field) => count + field.filter((byte) => byte === newline).length, 0);
    if (record.length === 1 && record[0].length === 0) continue;
    if (header === undefined) {
      header = readHeader(record);
      onHeader?.(header);
    } else yield toItem(line, header, record);
  }
  if (broken.length > 0) yield brokenRecord(lastLine + 1, broken[0]);
  if (header === undefined && broken.length === 0) throw new HeaderError('the file is empty');
}

const brokenAfter = (error: CsvError): number => Number(error.records);

async function* withoutByteOrderMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < byteOrderMark.length) continue;
    yield head.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? head.subarray(byteOrderMark.length) : head;
    head = undefined;
  }
  if (head !== undefined) yield head;
}

function readHeader(record: readonly Buffer[]): string[] {
  const names = record.map((field) => decodeUtf8(field)?.trim().toLowerCase());
  const broken = names.indexOf(undefined);
  if (broken !== -1) throw new HeaderError(`line 1 ${notUtf8(record[broken])}`);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new HeaderError(`line 1 names the column "${repeated}" twice`);
  return names as string[];
}

function toItem(line: number, header: readonly string[], record: readonly Buffer[]): SourceItem {
  if (record.length !== header.length)
    return fault(line, `the line has ${record.length} fields; the header has ${header.length}`);
  const values = record.map(decodeUtf8);
  const invalid = values.indexOf(undefined);
  if (invalid !== -1) return fault(line, `the field ${notUtf8(record[invalid])}`, header[invalid]);
  return { line, fields: Object.fromEntries(header.map((name, i) => [name, values[i]])) };
}

function brokenRecord(line: number, error: CsvError): RowFault {
  const what =
    error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a field is opened with a quote that is never closed'
      : `the record is longer than ${recordLimit / 1024 / 1024} MiB; is a quote left open?`;
  return fault(line, `${what}; nothing was read from this line on`);
}
