import { stopWords } from './stop-words.js';

/** One word of a text: as typed, and folded for counting. */
interface Word {
  readonly surface: string;
  readonly folded: string;
  /** Whether it says something: no stop word, no single letter, no number. */
  readonly says: boolean;
}

/** Words of the longest phrase. */
const phraseWords = 4;

/** Most phrases of one class that are kept in mind; the ones seen once are forgotten when there are more. */
const phraseLimit = 100_000;

// Letters, marks and digits of any script; hyphens, dots and pluses inside: "gpt-3", "node.js", "c++", "don't".
const wordPattern = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[-.'’·][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*(?:\+\+|#)?/gu;

/** The words of a text, in order; null stands for a break that no phrase may span: punctuation. */
function wordsOf(text: string): (Word | null)[] {
  const words: (Word | null)[] = [];
  let end = 0;
  for (const match of text.normalize('NFKC').matchAll(wordPattern)) {
    const between = match.input.slice(end, match.index);
    end = match.index + match[0].length;
    if (/[^\s/]/.test(between)) words.push(null);
    const surface = match[0].replace(/['’]s$/i, '');
    const folded = surface.toLowerCase().replaceAll('’', "'");
    const says = folded.length > 1 && !/^[\d.]+$/.test(folded) && !stopWords.has(folded.replaceAll("'", ''));
    words.push({ surface, folded, says });
  }
  return words;
}

/**
 * Counts the terms (words, and pairs of neighbouring words) of the texts of one class.
 * Texts may be added in any portions: only counts are kept.
 */
export class TermCounts {
  /** Occurrences of a term in the class. */
  readonly occurrences = new Map<string, number>();
  /** Texts of the class that have the term. */
  readonly texts = new Map<string, number>();
  /**
   * Texts of the class that have a phrase: two to four neighbouring words of which the first and the last say something, such as
   * "top up by card". Of very many, those seen once are forgotten now and then.
   */
  readonly phrases = new Map<string, number>();
  /** For each word, how often it was typed in which way. */
  readonly surfaces = new Map<string, Map<string, number>>();
  textCount = 0;

  add(text: string): void {
    const seen = new Set<string>();
    const count = (term: string) => {
      increase(this.occurrences, term);
      if (!seen.has(term)) increase(this.texts, term);
      seen.add(term);
    };
    let previous: Word | null = null;
    const words = wordsOf(text);
    for (const word of words) {
      if (word?.says) {
        count(word.folded);
        increase(surfacesOf(this.surfaces, word.folded), word.surface);
        if (previous?.says && previous.folded !== word.folded) count(`${previous.folded} ${word.folded}`);
      }
      previous = word;
    }
    for (const phrase of phrasesOf(words)) increase(this.phrases, phrase);
    if (this.phrases.size > phraseLimit)
      for (const [phrase, texts] of this.phrases) if (texts === 1) this.phrases.delete(phrase);
    this.textCount++;
  }

  /** The same counts with words replaced, in words and pairs: for joining "cards" to "card". */
  renamed(rename: (word: string) => string): TermCounts {
    const renamed = new TermCounts();
    renamed.textCount = this.textCount;
    const term = (text: string) => text.split(' ').map(rename).join(' ');
    for (const [text, count] of this.occurrences) increase(renamed.occurrences, term(text), count);
    // A text with both forms counts twice here; it is only compared with a small minimum.
    for (const [text, count] of this.texts) increase(renamed.texts, term(text), count);
    for (const [text, count] of this.phrases) increase(renamed.phrases, term(text), count);
    for (const [word, surfaces] of this.surfaces)
      for (const [surface, count] of surfaces) increase(surfacesOf(renamed.surfaces, rename(word)), surface, count);
    return renamed;
  }
}

/** The phrases of a text, each once. */
function phrasesOf(words: readonly (Word | null)[]): Set<string> {
  const found = new Set<string>();
  words.forEach((first, start) => {
    if (!first?.says) return;
    let phrase = first.folded;
    for (let at = start + 1; at < start + phraseWords; at++) {
      const word = words[at];
      if (word == null) return;
      phrase += ` ${word.folded}`;
      if (word.says) found.add(phrase);
    }
  });
  return found;
}

/** A rule that joins plurals to their singular where the texts have both: "cards" -> "card", "entries" -> "entry". */
export function singularRule(vocabulary: ReadonlySet<string>): (word: string) => string {
  return (word) => {
    if (word.length < 4 || !word.endsWith('s') || word.endsWith('ss')) return word;
    const candidates = [word.slice(0, -1), word.slice(0, -2), `${word.slice(0, -3)}y`];
    const endings = [true, word.endsWith('es'), word.endsWith('ies')];
    return candidates.find((candidate, index) => endings[index] && vocabulary.has(candidate)) ?? word;
  };
}

function increase(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function surfacesOf(surfaces: Map<string, Map<string, number>>, word: string): Map<string, number> {
  let ofWord = surfaces.get(word);
  if (ofWord === undefined) surfaces.set(word, (ofWord = new Map()));
  return ofWord;
}
