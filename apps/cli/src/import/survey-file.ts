import { createReadStream } from 'node:fs';
import { EncodingSurvey, type Encoding } from './encoding.js';

export interface FileSurvey {
  readonly encoding: Encoding;
  /** For progress. */
  readonly lines: number;
  /** Why it was not taken for UTF-8; absent if it was, or if the encoding was given. */
  readonly note?: string;
}

const newline = 0x0a;

/**
 * Reads a file through, once, before it is imported: how it is encoded shows only at its last byte. That costs a small
 * part of importing it.
 */
export async function surveyFile(path: string, given?: Encoding): Promise<FileSurvey> {
  const survey = new EncodingSurvey();
  let lines = 1;
  let lineOfBroken = 0;
  let offset = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    survey.add(chunk);
    const before = lines;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) lines += 1;
    if (lineOfBroken === 0 && survey.firstBroken !== undefined)
      lineOfBroken = before + countLines(chunk.subarray(0, Math.max(0, survey.firstBroken.offset - offset)));
    offset += chunk.length;
  }
  const found = survey.result();
  if (given !== undefined) return { encoding: given, lines };
  if (found !== 'windows-1252' || survey.firstBroken === undefined)
    return { encoding: found, lines, ...(found !== 'utf-8' && { note: `${path} is read as ${found.toUpperCase()}.` }) };
  const { offset: place, byte } = survey.firstBroken;
  return {
    encoding: found,
    lines,
    note:
      `${path} is not UTF-8 (line ${lineOfBroken}, byte ${place + 1} of the file: 0x${byte.toString(16).toUpperCase()}) ` +
      'and is read as Windows-1252; --encoding says otherwise.',
  };
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines += 1;
  return lines;
}
