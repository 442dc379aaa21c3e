import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { splitPage } from './html-page.js';
import { fault, type SourceItem } from './source-row.js';
import { decodeWhole, type Encoding } from './encoding.js';
import { notUtf8 } from './utf8.js';

/** Largest page that is read. */
const pageLimit = 16 * 1024 * 1024;

/**
 * Reads HTML pages and splits each into questions and answers. Rows are known again by the page's name and the id of
 * the heading.
 * @param paths in the order they are numbered
 * @param root folder that file names are shown relative to
 * @param encoding of all of them; what each says itself, or else what is found, if not given
 */
export async function* readHtml(
  paths: readonly string[],
  root: string,
  encoding?: Encoding,
): AsyncGenerator<SourceItem> {
  for (const [index, path] of paths.entries()) {
    const line = index + 1;
    const file = relative(root, path);
    const { size } = await stat(path);
    if (size > pageLimit) {
      yield fault(line, `the page is larger than ${pageLimit / 1024 / 1024} MiB`, undefined, file);
      continue;
    }
    const bytes = await readFile(path);
    const text = encoding === undefined ? decodePage(bytes) : decodeWhole(bytes, encoding);
    if (text === undefined) {
      yield fault(line, `the page ${notUtf8(bytes)}`, undefined, file);
      continue;
    }
    const { questions } = splitPage(text);
    if (questions.length === 0) yield fault(line, 'the page has no heading with text below it', undefined, file);
    for (const { question, answer, anchor } of questions)
      yield { line, file, fields: { id: `${file}#${anchor}`, question, answer } };
  }
}

const declared = /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{1,40})/i;

/** A page says itself how it is encoded; without a word it is looked at. Undefined if it is not what it says. */
function decodePage(bytes: Buffer): string | undefined {
  const label = declared.exec(bytes.subarray(0, 2_048).toString('latin1'))?.[1]?.toLowerCase();
  if (label === undefined) return decodeWhole(bytes);
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
