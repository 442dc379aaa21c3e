/** From the files of a corpus to pairs of texts that belong together, by source. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Random } from '@cairn/numerics';
import { reworded } from './reword.js';

export interface TextPair {
  readonly anchor: string;
  readonly positive: string;
}

/** Pairs of one kind and origin; `p:`: given, `n:` neighbouring sentences, `h:` halves, `q:` question and what follows. */
export interface PairSource {
  readonly name: string;
  readonly pairs: readonly TextPair[];
}

/** Questions of one meaning, and some that only look like it. */
export interface ParaphraseGroup {
  readonly questions: readonly string[];
  readonly hardNegatives: readonly string[];
}

/** Pairs of a source at most: corpora lean to reference manuals, the use is everyday questions. */
const mostPairs: Readonly<Record<string, number>> = {
  ...{
    ms_win32: 15_000,
    ms_vba_docs: 8000,
    ms_cpp_docs: 12_000,
    ms_windows_driver_docs: 8000,
    ms_biztalk_docs: 10_000,
  },
  ...{ arxiv_abstracts: 40_000, wordnet: Infinity },
};
const mostParagraphs: Readonly<Record<string, number>> = {
  ...{ openstax: 64_000, arxiv_abstracts: 24_000, acl_abstracts: 10_000, ms_dynamics_bc: 33_000 },
};

function lines(file: string): string[] {
  const { stdout, error, status } = spawnSync('xz', ['-dc', file], { maxBuffer: 1 << 30 });
  if (error ?? status !== 0)
    throw new Error(`${file} could not be read with xz: ${error?.message ?? `status ${status}`}.`);
  return stdout.toString('utf8').split('\n').slice(0, -1);
}

const sentenceEnd = /(?<=[.!?])\s+(?=[A-Z"'(])/;

/**
 * @param folder with `pairs/NAME.tsv.xz` (anchor, tab, positive) and `text/NAME.txt.xz` (a paragraph a line)
 * @param isHeld texts that must not be trained on
 */
export function* readCorpus(folder: string, seed: number, isHeld: (text: string) => boolean): Generator<PairSource> {
  const given: PairSource[] = [];
  for (const file of files(join(folder, 'pairs'), '.tsv.xz')) {
    const name = basename(file, '.tsv.xz');
    const pairs: TextPair[] = [];
    const random = new Random(seed, 1, hashOf(name));
    for (const line of random.shuffle(lines(file))) {
      if (pairs.length >= (mostPairs[name] ?? 60_000)) break;
      const [anchor, positive, more] = line.split('\t');
      if (positive === undefined || more !== undefined || same(anchor, positive)) continue;
      if (isHeld(anchor) || isHeld(positive)) continue;
      pairs.push({ anchor, positive: positive.slice(0, 600) });
    }
    const source = { name: `p:${name}`, pairs };
    given.push(source);
    yield source;
  }
  yield { name: 'c:reworded', pairs: reworded(given, new Random(seed, 2)) };
  for (const file of files(join(folder, 'text'), '.txt.xz')) {
    const name = basename(file, '.txt.xz');
    const random = new Random(seed, 3, hashOf(name));
    const paragraphs = random.shuffle(lines(file)).slice(0, mostParagraphs[name] ?? 20_000);
    yield* fromParagraphs(name, paragraphs, random, isHeld);
  }
}

function* fromParagraphs(
  name: string,
  paragraphs: readonly string[],
  random: Random,
  isHeld: (text: string) => boolean,
): Generator<PairSource> {
  const neighbours: TextPair[] = [];
  const halves: TextPair[] = [];
  const questions: TextPair[] = [];
  for (const paragraph of paragraphs) {
    const sentences = paragraph
      .slice(0, 1500)
      .split(sentenceEnd)
      .filter((one) => one.length >= 20 && one.length <= 400 && !isHeld(one));
    for (let i = 0; i + 1 < sentences.length; i++) {
      const pair = { anchor: sentences[i], positive: sentences[i + 1] };
      if (sentences[i].endsWith('?')) questions.push(pair);
      else if (random.uniform() < 0.6) neighbours.push(pair);
    }
    for (const sentence of sentences.slice(0, 3)) {
      const words = sentence.split(/\s+/);
      if (words.length < 10 || random.uniform() >= 0.3) continue;
      const at = 4 + random.below(words.length - 7);
      halves.push({ anchor: words.slice(0, at).join(' '), positive: words.slice(at).join(' ') });
    }
  }
  yield { name: `n:${name}`, pairs: neighbours };
  yield { name: `h:${name}`, pairs: halves };
  yield { name: `q:${name}`, pairs: questions };
}

/** @param folder of .jsonl files, `{"questions": [...], "hard_negatives": [...]}` a line */
export function readParaphrases(folder: string, isHeld: (text: string) => boolean): ParaphraseGroup[] {
  return files(folder, '.jsonl').flatMap((file) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { questions: string[]; hard_negatives?: string[] })
      .map((group) => ({
        questions: group.questions.filter((text) => !isHeld(text)),
        hardNegatives: (group.hard_negatives ?? []).filter((text) => !isHeld(text)),
      }))
      .filter(({ questions }) => questions.length > 1),
  );
}

const files = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));

const plain = (text: string) => text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
const same = (a: string, b: string) => plain(a) === plain(b);

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
