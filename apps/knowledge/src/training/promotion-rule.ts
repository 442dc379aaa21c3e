import type { inferenceV1 } from '@cairn/contracts';

/** A head as the rules look at it. */
export interface ComparedHead {
  /** Topic ids. */
  readonly topics: readonly string[];
  /** Share right on the questions held out from its own training. */
  readonly accuracy: number;
}

/** What was measured of both on the same labels, which neither has learned from. */
export type ComparedFigures = Pick<inferenceV1.Evaluation, 'head' | 'against' | 'pValue' | 'examples'>;

/** The rule that an admin has set, or its default. */
export interface PromotionRule {
  readonly enabled: boolean;
  readonly minAccuracyGain: number;
  readonly maxPValue: number;
  readonly maxEce: number;
}

export interface Decision {
  readonly promote: boolean;
  /** What decided; of a refusal too. */
  readonly cause: 'training' | 'rule';
  /** One clause, for people. */
  readonly reason: string;
}

export interface Decided {
  readonly candidate: ComparedHead;
  readonly inUse: ComparedHead | undefined;
  /** Whether the head in use reads vectors of an encoder that is not in use any more: it cannot answer. */
  readonly isObsolete: boolean;
  /** Absent if there is no label that neither has learned from. */
  readonly figures: ComparedFigures | undefined;
  /** Whether the training was asked to put its head in use if it is not worse. */
  readonly asked: boolean;
  readonly rule: PromotionRule;
}

/**
 * Whether a trained head takes over by itself: if the training was asked to and it is not worse, or by the rule.
 */
export function decidePromotion(decided: Decided): Decision {
  const { asked, rule } = decided;
  const wish = asked ? byWish(decided) : undefined;
  if (wish?.promote) return wish;
  if (rule.enabled) {
    const ruled = byRule(decided);
    return wish === undefined || ruled.promote ? ruled : wish;
  }
  return wish ?? { promote: false, cause: 'training', reason: 'nobody asked for it' };
}

/**
 * It does if there is none in use, or if the topics differ: a head that does not know a topic cannot answer it, however
 * accurate it is on the others. With the same topics it must be at least as accurate: on the same labels where there are
 * any that neither has learned from, else each on its own held-out part.
 */
function byWish({ candidate, inUse, isObsolete, figures }: Decided): Decision {
  const because = (promote: boolean, reason: string): Decision => ({ promote, cause: 'training', reason });
  if (inUse === undefined) return because(true, nothingInUse);
  if (isObsolete) return because(true, cannotAnswer);
  const known = new Set(inUse.topics);
  const added = candidate.topics.filter((topic) => !known.has(topic)).length;
  const gone = inUse.topics.length - (candidate.topics.length - added);
  if (added + gone > 0) {
    const change = [added > 0 ? `${added} more` : '', gone > 0 ? `${gone} fewer` : ''].filter(Boolean).join(' and ');
    return because(true, `it knows other topics: ${change}`);
  }
  if (figures?.head != null && figures.against != null) {
    const { head, against, examples } = figures;
    return because(
      head.accuracy >= against.accuracy,
      `it is right on ${percent(head.accuracy)} of ${examples} labels that neither has learned from, the one in use on ${percent(against.accuracy)}`,
    );
  }
  return because(
    candidate.accuracy >= inUse.accuracy,
    `it is right on ${percent(candidate.accuracy)} of its held-out labels, the one in use on ${percent(inUse.accuracy)} of its own`,
  );
}

function byRule({ inUse, isObsolete, figures, rule }: Decided): Decision {
  const because = (promote: boolean, reason: string): Decision => ({ promote, cause: 'rule', reason });
  if (inUse === undefined) return because(true, nothingInUse);
  if (isObsolete) return because(true, cannotAnswer);
  if (figures?.head == null || figures.against == null)
    return because(
      false,
      'the promotion rule compares on labels that neither head has learned from, and there are none',
    );
  const gain = figures.head.accuracy - figures.against.accuracy;
  const p = figures.pValue ?? 1;
  const { ece } = figures.head;
  const points = (share: number) => (100 * share).toFixed(1);
  // A gain of exactly what is asked for must not fail by a rounding of floating point.
  const conditions: readonly (readonly [boolean, string])[] = [
    [
      gain >= rule.minAccuracyGain - 1e-9,
      `accuracy gain ${points(gain)} points, at least ${points(rule.minAccuracyGain)}`,
    ],
    [p <= rule.maxPValue, `McNemar p ${p.toFixed(3)}, at most ${rule.maxPValue}`],
    [ece <= rule.maxEce, `calibration error ${points(ece)} %, at most ${points(rule.maxEce)}`],
  ];
  const failed = conditions.filter(([holds]) => !holds);
  const said = (failed.length > 0 ? failed : conditions).map(([, text]) => text).join('; ');
  return because(
    failed.length === 0,
    failed.length === 0 ? `the promotion rule holds: ${said}` : `the promotion rule does not hold: ${said}`,
  );
}

const nothingInUse = 'no head was in use';
const cannotAnswer = 'the one in use reads embeddings of an encoder that is not in use any more';
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
