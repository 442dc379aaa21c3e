/** What the rule looks at. */
export interface ComparedHead {
  /** The encoder whose vectors it reads. */
  readonly encoder: number;
  /** Topic ids. */
  readonly topics: readonly string[];
  /** Share right on the questions held out from its own training. */
  readonly accuracy: number;
}

/**
 * Whether a new head takes over by itself.
 *
 * It does if there is none in use, if the one in use reads vectors of another encoder, or if the topics differ: a head
 * that does not know a topic cannot answer it, however accurate it is on the others. With the same topics it must be
 * at least as accurate. Each accuracy is of the head's own held-out part; the head in use may have been trained on
 * what is held out now, so scoring it there would favour it.
 */
export function shouldPromote(candidate: ComparedHead, inUse: ComparedHead | undefined): boolean {
  return inUse === undefined || inUse.encoder !== candidate.encoder || isNoWorse(candidate, inUse);
}

/** Whether a head knows other topics than the one in use, or is at least as accurate: the rule for a new encoder too. */
export function isNoWorse(candidate: Omit<ComparedHead, 'encoder'>, inUse: Omit<ComparedHead, 'encoder'>): boolean {
  const known = new Set(inUse.topics);
  const same = known.size === candidate.topics.length && candidate.topics.every((topic) => known.has(topic));
  return !same || candidate.accuracy >= inUse.accuracy;
}
