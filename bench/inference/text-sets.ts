import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@cairn/numerics';
import { repository } from '../../test/support/stack.js';

export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

/** The texts that are encoded. */
export interface TextSets {
  readonly short: readonly string[];
  readonly long: readonly string[];
  readonly mix: readonly string[];
}

/** Rows of an unquoted TSV with a header `text<TAB>label`. */
export function readRows(file: string): LabelledText[] {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [text, label] = line.split('\t');
    return { text, label };
  });
}

/** Answers of the starter content: what follows the front matter of each file, by path. */
function starterAnswers(): string[] {
  const folder = join(repository, 'content/questions');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) =>
      readFileSync(join(folder, name), 'utf8')
        .replace(/^---\n[\s\S]*?\n---\n/, '')
        .trim(),
    );
}

/**
 * The same three lists every time. The mix has each text of the others once: about a third of its tokens are long.
 * @param every takes only each n-th text of both
 */
export function readTextSets(folder: string, every = 1): TextSets {
  const thin = (texts: string[]) => texts.filter((_, i) => i % every === 0);
  const short = thin(readRows(join(folder, 'banking77/test.tsv')).map(({ text }) => text));
  const long = thin(starterAnswers());
  return { short, long, mix: new Random(77).shuffle([...short, ...long]) };
}
