import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const tokensOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Why a text is not trained on. */
export type Nearness = 'equal' | 'near' | undefined;

/**
 * The texts of evaluation sets, of any split, so that none of them is trained on: neither as it is nor nearly.
 * Two texts are nearly equal if their sets of words overlap by 0.8 (Jaccard) or more.
 */
export class EvaluationTexts {
  private readonly equal = new Set<string>();
  private readonly sets: Uint32Array[] = [];
  private readonly wordIds = new Map<string, number>();
  /** Texts by the rarest of their words: two that overlap by 0.8 share one of those (prefix filter, Chaudhuri 2006). */
  private readonly byWord = new Map<number, number[]>();
  private readonly frequency: number[] = [];

  constructor(texts: readonly string[]) {
    const all: string[][] = [];
    for (const text of texts) {
      const words = tokensOf(text);
      if (words.length < 2) continue;
      const key = words.join(' ');
      if (this.equal.has(key)) continue;
      this.equal.add(key);
      const own = [...new Set(words)];
      for (const word of own) {
        const id = this.wordIds.get(word) ?? this.wordIds.size;
        this.wordIds.set(word, id);
        this.frequency[id] = (this.frequency[id] ?? 0) + 1;
      }
      all.push(own);
    }
    for (const words of all) {
      const set = this.ordered(words);
      for (const id of set.subarray(0, prefix(set.length))) {
        const found = this.byWord.get(id);
        if (found === undefined) this.byWord.set(id, [this.sets.length]);
        else found.push(this.sets.length);
      }
      this.sets.push(set);
    }
  }

  /** Every first two columns of the tables below a folder. */
  static read(folder: string): EvaluationTexts {
    const texts: string[] = [];
    for (const name of readdirSync(folder, { recursive: true }) as string[])
      if (name.endsWith('.tsv'))
        for (const line of readFileSync(join(folder, name), 'utf8').split('\n'))
          texts.push(...line.split('\t').slice(0, 2));
    return new EvaluationTexts(texts);
  }

  get size(): number {
    return this.sets.length;
  }

  nearness(text: string): Nearness {
    const words = tokensOf(text);
    if (words.length < 2) return undefined;
    if (this.equal.has(words.join(' '))) return 'equal';
    const own = [...new Set(words)];
    const known = own.filter((word) => this.wordIds.has(word));
    if (known.length < 0.8 * own.length) return undefined;
    const set = this.ordered(known);
    // Words that no evaluation text has are the rarest of all.
    const looked = Math.max(0, prefix(own.length) - (own.length - known.length));
    const seen = new Set<number>();
    for (const id of set.subarray(0, looked))
      for (const other of this.byWord.get(id) ?? []) {
        if (seen.has(other)) continue;
        seen.add(other);
        const shared = sharedWords(set, this.sets[other], this.frequency);
        if (shared >= 0.8 * (own.length + this.sets[other].length - shared)) return 'near';
      }
    return undefined;
  }

  /** Rarest first. */
  private ordered(words: readonly string[]): Uint32Array {
    const ids = words.map((word) => this.wordIds.get(word)!);
    return Uint32Array.from(ids.sort((a, b) => this.frequency[a] - this.frequency[b] || a - b));
  }
}

const prefix = (words: number): number => words - Math.ceil(0.8 * words) + 1;

function sharedWords(a: Uint32Array, b: Uint32Array, frequency: readonly number[]): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      shared++;
      i++;
      j++;
    } else if (frequency[a[i]] - frequency[b[j]] < 0 || (frequency[a[i]] === frequency[b[j]] && a[i] < b[j])) i++;
    else j++;
  }
  return shared;
}
