import { byteLines } from './byte-lines.js';
import { fault, type SourceItem } from './source-row.js';
import { decodeUtf8, notUtf8 } from './utf8.js';

/** Longest line that is read. */
const lineLimit = 8 * 1024 * 1024;
const byteOrderMark = '\ufeff';

/** Reads JSON lines: one object a line; blank lines are passed over. A line that is not an object is a fault. */
export async function* readJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceItem> {
  for await (const { line, bytes, ended } of byteLines(chunks, lineLimit)) {
    if (bytes === undefined) {
      yield fault(line, `the line is longer than ${lineLimit / 1024 / 1024} MiB`);
      continue;
    }
    const decoded = decodeUtf8(bytes);
    if (decoded === undefined) {
      yield fault(line, `the line ${notUtf8(bytes)}`);
      continue;
    }
    const text = line === 1 && decoded.startsWith(byteOrderMark) ? decoded.slice(1) : decoded;
    if (text.trim() !== '') yield parseLine(line, text, !ended);
  }
}

function parseLine(line: number, text: string, isCut: boolean): SourceItem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const cut = isCut ? '; the file ends in the middle of the line: was it cut?' : '';
    return fault(line, `the line is not JSON: ${(error as Error).message}${cut}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fault(line, 'the line is not a JSON object like {"id": "1", "text": "..."}');
  return {
    line,
    fields: Object.fromEntries(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field as unknown])),
  };
}
