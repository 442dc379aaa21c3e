/** Stage 1: texts as ids, in files that later stages read at once. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { EvaluationTexts } from './evaluation-texts.js';
import { hashOf, readCorpus, readParaphrases } from './read-corpus.js';

/** Tokens kept of a text; special tokens are none of them. */
const mostTokens = 126;

export interface SourceRange {
  readonly name: string;
  /** First pair of it, and the one behind its last. */
  readonly from: number;
  readonly to: number;
}

/** Pairs as ids. Text 2 i is the anchor of pair i, text 2 i + 1 what belongs to it. */
export interface TrainingTexts {
  readonly ids: Uint16Array;
  /** `[texts + 1]`, where each text begins. */
  readonly starts: Uint32Array;
  /** `[texts]`, equal for texts that read the same. */
  readonly hashes: Uint32Array;
  readonly sources: readonly SourceRange[];
  /** Texts behind those of pairs, by group: its questions, then questions that only look like them. */
  readonly groups: readonly { readonly questions: readonly number[]; readonly hardNegatives: readonly number[] }[];
  readonly counts: PreparedCounts;
}

/** What was left out, for the card. */
export interface PreparedCounts {
  readonly evaluationTexts: number;
  readonly equal: number;
  readonly near: number;
  readonly pairs: Readonly<Record<string, number>>;
  readonly groups: number;
  readonly tokens: number;
}

export interface CorpusFolders {
  readonly corpus: string;
  readonly paraphrases: string;
  readonly bench: string;
  readonly tokenizer: string;
  /** Whether the tokenizer is one that this run has trained. */
  readonly isTrained?: boolean;
}

interface Meta {
  readonly seed: number;
  /** What its tokens are; absent in texts of recipes that trained none. */
  readonly vocabulary?: number;
  readonly sources: readonly SourceRange[];
  readonly counts: Omit<PreparedCounts, 'groups'>;
}

/** Reads, cleans and tokenizes a corpus, or reads what an earlier run has made; paraphrases are read anew. */
export function prepare(
  folders: CorpusFolders,
  work: string,
  seed: number,
  say: (text: string) => void,
): TrainingTexts {
  const folder = join(work, 'texts');
  const done = join(folder, 'meta.json');
  const held = EvaluationTexts.read(folders.bench);
  say(`${held.size} evaluation texts are kept out`);
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(folders.tokenizer, 'utf8')) as object, {});
  const vocabulary = hashOf([...tokenizer.get_vocab().keys()].join(' '));
  let meta = existsSync(done) ? (JSON.parse(readFileSync(done, 'utf8')) as Meta) : undefined;
  if (meta !== undefined && meta.vocabulary !== vocabulary && (meta.vocabulary !== undefined || folders.isTrained))
    throw otherTokenizer(work);
  if (meta?.seed !== seed) {
    mkdirSync(folder, { recursive: true });
    meta = { ...tokenizeCorpus(folders.corpus, held, tokenizer, folder, seed, say), vocabulary };
    writeFileSync(`${done}.part`, JSON.stringify(meta));
    renameSync(`${done}.part`, done);
  }
  const texts = TextStore.read(folder, tokenizer);
  const left = { equal: meta.counts.equal, near: meta.counts.near };
  const groups = readParaphrases(folders.paraphrases, leftOut(held, left)).map(({ questions, hardNegatives }) => ({
    questions: questions.map((text) => texts.add(text)),
    hardNegatives: hardNegatives.map((text) => texts.add(text)),
  }));
  say(`${groups.length} groups of paraphrases`);
  const counts = { ...meta.counts, ...left, groups: groups.length, tokens: texts.tokens };
  return { ...texts.arrays(), sources: meta.sources, groups, counts };
}

/** Ids mean other words, in texts and in what was trained on them. */
export const otherTokenizer = (work: string): Error =>
  new Error(
    `${work} holds texts and stages of another tokenizer: name another --work, or the --tokenizer that they are of.`,
  );

function tokenizeCorpus(
  corpus: string,
  held: EvaluationTexts,
  tokenizer: Tokenizer,
  folder: string,
  seed: number,
  say: (text: string) => void,
): Meta {
  const left = { equal: 0, near: 0 };
  const texts = new TextStore(tokenizer);
  const sources: SourceRange[] = [];
  const pairs: Record<string, number> = {};
  for (const { name, pairs: own } of readCorpus(corpus, seed, leftOut(held, left))) {
    const from = texts.count / 2;
    for (const { anchor, positive } of own) texts.addPair(anchor, positive);
    const to = texts.count / 2;
    if (to - from >= 50) sources.push({ name, from, to });
    pairs[name] = to - from;
    say(`${name}: ${to - from} pairs`);
  }
  texts.write(folder);
  return { seed, sources, counts: { evaluationTexts: held.size, ...left, pairs, tokens: texts.tokens } };
}

const leftOut = (held: EvaluationTexts, counts: { equal: number; near: number }) => (text: string) => {
  const found = held.nearness(text);
  if (found !== undefined) counts[found]++;
  return found !== undefined;
};

class TextStore {
  private ids = new Uint16Array(1 << 24);
  private starts: number[] = [0];
  private hashes: number[] = [];

  constructor(private readonly tokenizer: Tokenizer) {}

  static read(folder: string, tokenizer: Tokenizer): TextStore {
    // Copied, so that they are aligned whatever pool a file was read into.
    const bytes = (name: string) => new Uint8Array(readFileSync(join(folder, name))).buffer;
    const store = new TextStore(tokenizer);
    store.ids = new Uint16Array(bytes('ids.u16'));
    store.starts = Array.from(new Uint32Array(bytes('starts.u32')));
    store.hashes = Array.from(new Uint32Array(bytes('hashes.u32')));
    return store;
  }

  arrays(): Pick<TrainingTexts, 'ids' | 'starts' | 'hashes'> {
    return {
      ids: this.ids.slice(0, this.tokens),
      starts: Uint32Array.from(this.starts),
      hashes: Uint32Array.from(this.hashes),
    };
  }

  get count(): number {
    return this.hashes.length;
  }

  get tokens(): number {
    return this.starts.at(-1)!;
  }

  addPair(anchor: string, positive: string): void {
    const before = this.tokens;
    this.add(anchor);
    const middle = this.tokens;
    this.add(positive);
    if (middle > before && this.tokens > middle) return;
    // One of them is empty.
    this.starts.length -= 2;
    this.hashes.length -= 2;
  }

  add(text: string): number {
    const own = this.tokenizer.encode(text, { add_special_tokens: false }).ids.slice(0, mostTokens);
    const from = this.tokens;
    if (from + own.length > this.ids.length) {
      const larger = new Uint16Array(2 * this.ids.length);
      larger.set(this.ids);
      this.ids = larger;
    }
    this.ids.set(own, from);
    this.starts.push(from + own.length);
    this.hashes.push(hashOf(own.join(' ')));
    return this.hashes.length - 1;
  }

  write(folder: string): void {
    const { ids, starts, hashes } = this.arrays();
    writeFileSync(join(folder, 'ids.u16'), ids);
    writeFileSync(join(folder, 'starts.u32'), starts);
    writeFileSync(join(folder, 'hashes.u32'), hashes);
  }
}
