import type { GivenLabel } from '../import/label-table.js';
import type { Suggestion } from '../output/suggestion.js';

/** A question as the head in use sees it. */
export interface ClassifiedQuestion {
  readonly externalId?: string | null;
  readonly classification?: {
    readonly unknown: boolean;
    readonly topic?: { readonly slug: string } | null;
  } | null;
}

/** How the verdicts on questions whose label was kept back compare with that label. */
export interface VerdictScore {
  /** Kept-back questions of topics that Cairn was given labels of. */
  readonly known: {
    readonly questions: number;
    readonly right: number;
    readonly wrong: number;
    readonly unknown: number;
  };
  /** Of these, those whose nearest topic is right, whatever the verdict. */
  readonly nearestRight: number;
  /** Questions of topics that Cairn was given no label of. */
  readonly heldBack: { readonly questions: number; readonly unknown: number };
}

/** How a suggestion compares with the topic that most of its members belong to. */
export interface SuggestionScore {
  readonly suggestion: Suggestion;
  /** The topic, and whether Cairn was given no label of it; absent if no member has a kept label. */
  readonly match?: {
    readonly topic: string;
    readonly heldBack: boolean;
    /** Members with this topic, of all members whose topic is on record. */
    readonly members: number;
    readonly scored: number;
    /** Share of the topic's questions that are in the suggestion. */
    readonly share: number;
  };
}

/** Topics that no label was given of. */
export function heldBackTopics(truth: ReadonlyMap<string, GivenLabel>): Set<string> {
  const labels = [...truth.values()];
  const given = new Set(labels.filter((label) => label.given).map(({ topic }) => topic));
  return new Set(labels.map(({ topic }) => topic).filter((topic) => !given.has(topic)));
}

export function scoreVerdicts(
  questions: readonly ClassifiedQuestion[],
  truth: ReadonlyMap<string, GivenLabel>,
): VerdictScore {
  const heldBack = heldBackTopics(truth);
  const known = { questions: 0, right: 0, wrong: 0, unknown: 0 };
  const unseen = { questions: 0, unknown: 0 };
  let nearestRight = 0;
  for (const { externalId, classification } of questions) {
    const label = truth.get(externalId ?? '');
    if (label === undefined || label.given || !classification) continue;
    const group = heldBack.has(label.topic) ? unseen : known;
    group.questions += 1;
    if (classification.unknown) group.unknown += 1;
    if (group === unseen) continue;
    const right = classification.topic?.slug === label.topic;
    if (right) nearestRight += 1;
    if (!classification.unknown) known[right ? 'right' : 'wrong'] += 1;
  }
  return { known, nearestRight, heldBack: unseen };
}

/** @param members external ids of the suggestion's questions */
export function scoreSuggestion(
  suggestion: Suggestion,
  members: readonly string[],
  truth: ReadonlyMap<string, GivenLabel>,
): SuggestionScore {
  const counts = new Map<string, number>();
  for (const id of members) {
    const topic = truth.get(id)?.topic;
    if (topic !== undefined) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  const [best] = [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  if (best === undefined) return { suggestion };
  const [topic, count] = best;
  const scored = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const ofTopic = [...truth.values()].filter((label) => label.topic === topic).length;
  return {
    suggestion,
    match: { topic, heldBack: heldBackTopics(truth).has(topic), members: count, scored, share: count / ofTopic },
  };
}
