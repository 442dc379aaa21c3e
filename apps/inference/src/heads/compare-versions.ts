/** A trained version beside the one in use, on the same held-out labels. Pure functions over what both said. */
import { accuracy, auroc, classScores, confusion, expectedCalibrationError, macroF1 } from '@cairn/numerics';
import type { Verdict } from './softmax-head.js';

/** What a version said of the examples. */
export interface Judged {
  /** `[count]`, index of the best topic; -1 if it is none of the topics that are compared. */
  readonly best: Int32Array;
  /** `[count]`, its probability. */
  readonly confidence: Float64Array;
  /** `[count]`, 1 where it said "unknown". */
  readonly unknown: Uint8Array;
  /** `[count]`, what was compared with the threshold; higher is more known. */
  readonly score: Float64Array;
}

export interface VersionFigures {
  /** Over examples of a topic: share whose best topic is right, and the mean F1 over topics. */
  readonly accuracy: number;
  readonly macroF1: number;
  readonly ece: number;
  /** Over examples of a topic: share not called unknown; share right and not called unknown. */
  readonly kept: number;
  readonly answered: number;
  /** Over examples of no topic: share called unknown; and how well scores tell the two apart. NaN without any. */
  readonly unknownRecall: number;
  readonly unknownAuroc: number;
}

export interface TopicRow {
  readonly topic: string;
  readonly examples: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** F1 minus that of the version in use; absent if there is none. */
  readonly change?: number;
  /** The topic it is most often taken for, and how often. */
  readonly takenFor?: { readonly topic: string; readonly count: number };
}

export interface ChangedExample {
  readonly index: number;
  /** Topic by the label; undefined if it has none. */
  readonly label: string | undefined;
  /** What each version says: a topic, or undefined for unknown. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly change: 'fixed' | 'broken' | 'otherwise wrong';
}

export interface Comparison {
  readonly examples: number;
  readonly candidate: VersionFigures;
  readonly current?: VersionFigures;
  /** `[topics, topics + 1]`, row-major, of the candidate: row is the label; the last column is any other answer. */
  readonly confusion: Int32Array;
  readonly topics: readonly TopicRow[];
  readonly changed: readonly ChangedExample[];
  readonly fixed: number;
  readonly broken: number;
  /**
   * Probability of so uneven a count of examples of a topic that one version has right by its best topic and the other
   * wrong, if the versions were equally good: McNemar's test of the two accuracies, exact.
   */
  readonly pValue: number;
}

/** What verdicts say, in the numbering of `topics`. */
export function judgedOf(verdicts: readonly Verdict[], topics: readonly string[]): Judged {
  const index = new Map(topics.map((topic, i) => [topic, i]));
  return {
    best: Int32Array.from(verdicts, ({ classes }) => index.get(classes[0]?.label) ?? -1),
    confidence: Float64Array.from(verdicts, ({ classes }) => classes[0]?.probability ?? 0),
    unknown: Uint8Array.from(verdicts, ({ unknown }) => (unknown ? 1 : 0)),
    score: Float64Array.from(verdicts, ({ score }) => score),
  };
}

/**
 * @param labels `[count]`, index of each example's topic; -1 for one that belongs to none of them
 * @param current the version in use, on the same examples; absent if there is none
 * @throws RangeError if the lengths differ or no example has a topic
 */
export function compareVersions(
  topics: readonly string[],
  labels: Int32Array,
  candidate: Judged,
  current?: Judged,
): Comparison {
  for (const { best } of current === undefined ? [candidate] : [candidate, current])
    if (best.length !== labels.length)
      throw new RangeError(`There are ${labels.length} labels and answers for ${best.length} examples.`);
  if (!labels.some((label) => label >= 0)) throw new RangeError('No example has one of the topics.');
  const table = scoreTable(topics, labels, candidate);
  const before = current === undefined ? undefined : scoreTable(topics, labels, current);
  const changed = current === undefined ? [] : changes(topics, labels, candidate, current);
  const fixed = changed.filter(({ change }) => change === 'fixed').length;
  const broken = changed.filter(({ change }) => change === 'broken').length;
  return {
    examples: labels.length,
    candidate: figuresOf(topics, labels, candidate),
    ...(current !== undefined && { current: figuresOf(topics, labels, current) }),
    confusion: table.counts,
    topics: table.rows.map((row, c) => ({ ...row, ...(before && { change: row.f1 - before.rows[c].f1 }) })),
    changed,
    fixed,
    broken,
    pValue: current === undefined ? 1 : signTest(...differences(labels, candidate, current)),
  };
}

function figuresOf(topics: readonly string[], labels: Int32Array, judged: Judged): VersionFigures {
  const known = Array.from(labels.keys()).filter((i) => labels[i] >= 0);
  const strangers = Array.from(labels.keys()).filter((i) => labels[i] < 0);
  // Any other answer is a class of its own, so that it counts as wrong.
  const classes = topics.length + 1;
  const expected = known.map((i) => labels[i]);
  const best = known.map((i) => (judged.best[i] < 0 ? topics.length : judged.best[i]));
  const right = known.map((_, n) => best[n] === expected[n]);
  const share = (count: number, of: number) => (of === 0 ? NaN : count / of);
  return {
    accuracy: accuracy(expected, best),
    macroF1: macroF1(expected, best, classes),
    ece: expectedCalibrationError(
      known.map((i) => Math.min(1, judged.confidence[i])),
      right,
    ),
    kept: share(known.filter((i) => judged.unknown[i] === 0).length, known.length),
    answered: share(known.filter((i, n) => right[n] && judged.unknown[i] === 0).length, known.length),
    unknownRecall: share(strangers.filter((i) => judged.unknown[i] === 1).length, strangers.length),
    unknownAuroc:
      strangers.length === 0
        ? NaN
        : auroc(
            judged.score,
            Uint8Array.from(labels, (l) => (l >= 0 ? 1 : 0)),
          ),
  };
}

function scoreTable(topics: readonly string[], labels: Int32Array, { best }: Judged) {
  const size = topics.length + 1;
  const known = Array.from(labels.keys()).filter((i) => labels[i] >= 0);
  const square = confusion(
    known.map((i) => labels[i]),
    known.map((i) => (best[i] < 0 ? topics.length : best[i])),
    size,
  );
  const scores = classScores(square, size);
  const rows = topics.map((topic, c): TopicRow => {
    const others = Array.from({ length: topics.length }, (_, other) => other).filter((other) => other !== c);
    const worst = others.reduce((a, b) => (square[c * size + b] > square[c * size + a] ? b : a), others[0]);
    const count = worst === undefined ? 0 : square[c * size + worst];
    const { precision, recall, f1, support } = scores[c];
    const takenFor = count > 0 ? { takenFor: { topic: topics[worst], count } } : {};
    return { topic, examples: support, precision, recall, f1, ...takenFor };
  });
  return { rows, counts: square.slice(0, topics.length * size) };
}

/** What each version would answer: a topic, or -1 for unknown. An example of no topic is answered right by unknown. */
function changes(topics: readonly string[], labels: Int32Array, candidate: Judged, current: Judged): ChangedExample[] {
  const answer = ({ best, unknown }: Judged, i: number) => (unknown[i] === 1 ? -1 : best[i]);
  const changed: ChangedExample[] = [];
  labels.forEach((label, index) => {
    const before = answer(current, index);
    const after = answer(candidate, index);
    if (before === after) return;
    const change = after === label ? 'fixed' : before === label ? 'broken' : 'otherwise wrong';
    changed.push({ index, label: topics[label], before: topics[before], after: topics[after], change });
  });
  return changed;
}

/** How many examples of a topic each version alone has right by its best topic. */
function differences(labels: Int32Array, candidate: Judged, current: Judged): [number, number] {
  let [gained, lost] = [0, 0];
  labels.forEach((label, i) => {
    if (label < 0) return;
    const [after, before] = [candidate.best[i] === label, current.best[i] === label];
    if (after && !before) gained++;
    if (before && !after) lost++;
  });
  return [gained, lost];
}

/** Two-sided exact sign test: the probability of a split at least as uneven as `a` to `b` of fair coin tosses. */
export function signTest(a: number, b: number): number {
  const n = a + b;
  const fewer = Math.min(a, b);
  let log = -n * Math.LN2;
  let sum = 0;
  for (let k = 0; k <= fewer; k++) {
    sum += Math.exp(log);
    log += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * sum);
}
