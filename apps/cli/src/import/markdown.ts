import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { FrontMatterError, readFrontMatter } from './front-matter.js';
import { fault, type SourceItem } from './source-row.js';
import { decodeWhole, type Encoding } from './encoding.js';
import { notUtf8 } from './utf8.js';

/** Largest Markdown file that is read. */
const fileLimit = 8 * 1024 * 1024;

/**
 * Reads Markdown files, one question each: the front matter holds its fields, the body its answer.
 * @param paths in the order they are numbered
 * @param root folder that file names are shown relative to
 * @param encoding of all of them; found out for each if not given
 */
export async function* readMarkdown(
  paths: readonly string[],
  root: string,
  encoding?: Encoding,
): AsyncGenerator<SourceItem> {
  for (const [index, path] of paths.entries()) {
    const { size } = await stat(path);
    yield size > fileLimit
      ? fault(index + 1, `the file is larger than ${fileLimit / 1024 / 1024} MiB`, undefined, relative(root, path))
      : readQuestion(index + 1, relative(root, path), await readFile(path), encoding);
  }
}

function readQuestion(line: number, file: string, bytes: Buffer, encoding?: Encoding): SourceItem {
  const text = decodeWhole(bytes, encoding);
  if (text === undefined) return fault(line, `the file ${notUtf8(bytes)}`, undefined, file);
  try {
    const { fields, body } = readFrontMatter(text);
    return { line, file, fields: { answer: body, ...fields } };
  } catch (error) {
    if (error instanceof FrontMatterError) return fault(line, error.message, undefined, file);
    throw error;
  }
}
