/**
 * Names for clusters of texts: keywords (words, pairs and the phrases they mostly stand in) by class-based TF-IDF, and a title
 * of the best of them.
 *
 * Grootendorst, BERTopic: Neural topic modeling with a class-based TF-IDF procedure (2022), section 3.3: the texts of
 * a class are one document, and a term t of class c weighs
 *
 *     W(t, c) = tf(t, c) * log(1 + A / f(t))
 *
 * with tf(t, c) the share of t among the terms of c, f(t) its occurrences over all classes and A the mean number of
 * terms of a class.
 */
import { stopWords } from './stop-words.js';
import { singularRule, TermCounts } from './terms.js';

export interface ClusterName {
  readonly title: string;
  /** Best first. */
  readonly keywords: readonly string[];
}

const keywordCount = 10;
const titleTerms = 2;
/** A term is said as the longer phrase that it stands in, if so many of the texts with the term have that phrase. */
const phraseShare = 0.4;
/** A pair of words stands for its words if it weighs at least this share of the heavier one. */
const pairShare = 0.35;

interface WeighedTerm {
  readonly term: string;
  readonly weight: number;
}

/**
 * Names every cluster against the others and against the topics that are known already.
 * @param clusters term counts of the texts of each cluster
 * @param background term counts of the texts of each known topic; they are not named, but their words weigh less
 * @returns one name per cluster, in order
 */
export function nameClusters(clusters: readonly TermCounts[], background: readonly TermCounts[]): ClusterName[] {
  const all = [...clusters, ...background];
  const vocabulary = new Set(all.flatMap((counts) => [...counts.surfaces.keys()]));
  const singular = singularRule(vocabulary);
  const classes = all.map((counts) => counts.renamed(singular));
  const frequency = new Map<string, number>();
  let total = 0;
  for (const { occurrences } of classes)
    for (const [term, count] of occurrences) {
      frequency.set(term, (frequency.get(term) ?? 0) + count);
      total += count;
    }
  const mean = total / Math.max(1, classes.length);
  return classes.slice(0, clusters.length).map((counts, index) => {
    const weighed = weigh(counts, frequency, mean);
    const chosen = withoutOverlap(weighed, (term) => longestPhrase(term, counts));
    const keywords = chosen.map(({ term }) => spell(term, counts));
    const title = chosen.slice(0, titleTerms).map(({ term }) => titleCase(spell(term, counts)));
    return { keywords, title: title.length > 0 ? title.join(', ') : `Cluster ${index + 1}` };
  });
}

/** The terms of one class with their class-based TF-IDF, heaviest first. */
function weigh(counts: TermCounts, frequency: ReadonlyMap<string, number>, mean: number): WeighedTerm[] {
  let terms = 0;
  for (const count of counts.occurrences.values()) terms += count;
  // What only one person wrote is no name for what many ask.
  const least = counts.textCount > 2 ? 2 : 1;
  const shared = [...counts.occurrences].filter(([term]) => (counts.texts.get(term) ?? 0) >= least);
  const weighed = (shared.length > 0 ? shared : [...counts.occurrences]).map(([term, count]) => ({
    term,
    weight: (count / terms) * Math.log(1 + mean / (frequency.get(term) ?? count)),
  }));
  return weighed.sort((a, b) => b.weight - a.weight || (a.term < b.term ? -1 : 1));
}

/**
 * Lets a word be said once: a pair that is nearly as heavy as its words replaces them, and a phrase that a term mostly stands in
 * replaces the term; other pairs go.
 * @param weighed heaviest first
 * @param lengthen the phrase that a term is said as
 */
function withoutOverlap(weighed: readonly WeighedTerm[], lengthen: (term: string) => string): WeighedTerm[] {
  const taken = new Set<string>();
  const chosen: WeighedTerm[] = [];
  for (const { term, weight } of weighed) {
    if (chosen.length === keywordCount) break;
    if (term.split(' ').some((word) => taken.has(word))) continue;
    // Weights fall along the list, so the heaviest free pair with this word comes first.
    const pair = term.includes(' ')
      ? { term, weight }
      : weighed.find(
          (other) =>
            other.weight >= pairShare * weight &&
            other.term.includes(' ') &&
            other.term.split(' ').includes(term) &&
            !other.term.split(' ').some((word) => taken.has(word)),
        );
    const short = (pair ?? { term, weight }).term;
    const long = lengthen(short);
    const best = long.split(' ').some((word) => taken.has(word)) ? short : long;
    best.split(' ').forEach((word) => taken.add(word));
    chosen.push({ term: best, weight: (pair ?? { weight }).weight });
  }
  return chosen;
}

/**
 * "top" -> "top up by card", if that is how many say it: the longest phrase around a term
 * that enough of the texts with the term have; the more frequent one among equals.
 */
function longestPhrase(term: string, counts: TermCounts): string {
  const least = Math.max(2, phraseShare * (counts.texts.get(term) ?? 0));
  let best = { phrase: term, texts: 0, words: term.split(' ').length };
  for (const [phrase, texts] of counts.phrases) {
    if (texts < least || !` ${phrase} `.includes(` ${term} `)) continue;
    const words = phrase.split(' ').length;
    if (words > best.words || (words === best.words && texts > best.texts)) best = { phrase, texts, words };
  }
  return best.phrase;
}

/** A term as most people typed its words: "SSH key", not "ssh key", if most wrote it so. */
function spell(term: string, counts: TermCounts): string {
  return term
    .split(' ')
    .map((word) => {
      const surfaces = [...(counts.surfaces.get(word) ?? [])].filter(([surface]) => surface.toLowerCase() === word);
      surfaces.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const typed = surfaces[0]?.[0] ?? word;
      // A capital at the start of a sentence says nothing; capitals inside a word do.
      return /^\p{Lu}[^\p{Lu}]*$/u.test(typed) ? typed.toLowerCase() : typed;
    })
    .join(' ');
}

/** "ssh key" -> "Ssh Key"; words with capitals inside and small words stay: "SSH key", "top up by card" -> "Top up by Card". */
function titleCase(term: string): string {
  return term
    .split(' ')
    .map((word, at) =>
      /\p{Lu}/u.test(word) || (at > 0 && stopWords.has(word))
        ? word
        : word.replace(/^\p{L}/u, (letter) => letter.toUpperCase()),
    )
    .join(' ');
}
