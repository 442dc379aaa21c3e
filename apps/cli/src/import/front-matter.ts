import { parse, YAMLParseError } from 'yaml';

export interface FrontMatter {
  /** Keys in lower case. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What follows the front matter, without blank lines around it. */
  readonly body: string;
}

/** A file whose front matter cannot be read; the message says why. */
export class FrontMatterError extends Error {
  override name = 'FrontMatterError';
}

/**
 * Splits a Markdown file into its YAML front matter (between two lines of `---`) and its body.
 * @throws FrontMatterError if there is none, it does not end, or it is not a YAML mapping
 */
export function readFrontMatter(text: string): FrontMatter {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines[0].trimEnd() !== '---')
    throw new FrontMatterError('there is no front matter: the first line must be "---", then "question: ..."');
  const end = lines.findIndex((line, i) => i > 0 && line.trimEnd() === '---');
  if (end === -1) throw new FrontMatterError('the front matter does not end: a second line "---" is missing');
  const fields = parseYaml(lines.slice(1, end).join('\n'));
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new FrontMatterError('the front matter must be lines like "question: What is attention?"');
  return {
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value as unknown])),
    body: lines
      .slice(end + 1)
      .join('\n')
      .trim(),
  };
}

function parseYaml(source: string): unknown {
  try {
    return parse(source, { maxAliasCount: 10 }) as unknown;
  } catch (error) {
    if (!(error instanceof YAMLParseError) && !(error instanceof ReferenceError)) throw error;
    throw new FrontMatterError(`the front matter is not YAML: ${error.message.split('\n')[0]}`);
  }
}
