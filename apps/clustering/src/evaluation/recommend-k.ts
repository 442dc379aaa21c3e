import type { Measured, OnHalves } from './measure-candidate.js';

/** Everything that was measured of one number of clusters. */
export interface KCandidate extends Measured {
  /** One for each resample; empty: not measured. */
  readonly halves: readonly OnHalves[];
  /** Inertia on each reference; empty: not measured. */
  readonly references: readonly number[];
}

export type Criterion = 'silhouette' | 'calinski_harabasz' | 'davies_bouldin' | 'gap' | 'bic' | 'stability';

export interface Recommendation {
  readonly clusters: number;
  /** The smallest and the largest number that cannot be told from the best. */
  readonly low: number;
  readonly high: number;
  /** Whether there is more structure than in one cloud. */
  readonly clustered: boolean;
  readonly votes: readonly { readonly criterion: Criterion; readonly clusters: number }[];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation; 0 of fewer than two values. */
const deviation = (values: readonly number[]) => {
  const middle = mean(values);
  return values.length < 2
    ? 0
    : Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) * (values.length / (values.length - 1)));
};

/** Mean agreement of the halves; undefined where it was not measured. */
export const stabilityOf = ({ halves }: KCandidate): number | undefined =>
  halves.length === 0 ? undefined : mean(halves.map(({ agreement }) => agreement));

/**
 * Gap statistic (Tibshirani, Walther, Hastie 2001) and its standard error; undefined where it was not measured. Their reference is
 * a uniform box; ours is a Gaussian cloud of the same covariance, because embeddings fill no box.
 */
export function gapOf({ inertia, references }: KCandidate): { gap: number; error: number } | undefined {
  if (references.length === 0) return undefined;
  const tiny = Number.MIN_VALUE;
  const logs = references.map((reference) => Math.log(Math.max(tiny, reference)));
  return {
    gap: mean(logs) - Math.log(Math.max(tiny, inertia)),
    error: deviation(logs) * Math.sqrt(1 + 1 / references.length),
  };
}

/** The candidate with the most of a quantity, the one with fewer clusters among equals. */
function most<T extends { clusters: number }>(candidates: readonly T[], of: (candidate: T) => number): T {
  return candidates.reduce((best, next) => (of(next) > of(best) ? next : best));
}

/**
 * The number of clusters. The mean silhouette says which candidates are good; those that cannot be told from its best make the
 * interval: on halves of the rows, clustered anew, their silhouette is lower by no more than that difference varies from
 * half to half (without halves: by no more than both standard errors). Of these, the most stable one is recommended, and
 * where stability was not measured, the one of best silhouette.
 * @param candidates by rising number of clusters, at least one
 */
export function recommendK(candidates: readonly KCandidate[]): Recommendation {
  const best = most(candidates, ({ silhouette }) => silhouette);
  const near = candidates.filter((candidate) => candidate === best || indistinguishable(candidate, best));
  const measured = near.filter((candidate) => stabilityOf(candidate) !== undefined);
  const chosen = measured.length === 0 ? best : most(measured, (candidate) => stabilityOf(candidate)!);
  const gap = gapOf(chosen);
  const votes: { criterion: Criterion; clusters: number }[] = [
    { criterion: 'silhouette', clusters: best.clusters },
    { criterion: 'calinski_harabasz', clusters: most(candidates, (c) => c.calinskiHarabasz).clusters },
    { criterion: 'davies_bouldin', clusters: most(candidates, (c) => -c.daviesBouldin).clusters },
    { criterion: 'bic', clusters: most(candidates, (c) => c.bic).clusters },
  ];
  const gaps = candidates.filter((candidate) => candidate.references.length > 0);
  if (gaps.length > 0) votes.push({ criterion: 'gap', clusters: firstByGap(gaps) });
  const resampled = candidates.filter((candidate) => candidate.halves.length > 0);
  if (resampled.length > 0)
    votes.push({ criterion: 'stability', clusters: most(resampled, (c) => stabilityOf(c)!).clusters });
  return {
    clusters: chosen.clusters,
    low: Math.min(...near.map(({ clusters }) => clusters)),
    high: Math.max(...near.map(({ clusters }) => clusters)),
    clustered: best.silhouette > 0 && (gap === undefined || gap.gap > 2 * gap.error),
    votes,
  };
}

function indistinguishable(candidate: KCandidate, best: KCandidate): boolean {
  if (best.halves.length === 0)
    return best.silhouette - candidate.silhouette <= Math.hypot(best.silhouetteError, candidate.silhouetteError);
  if (candidate.halves.length !== best.halves.length) return false;
  const differences = best.halves.flatMap(({ silhouettes }, resample) =>
    silhouettes.map((value, half) => value - candidate.halves[resample].silhouettes[half]),
  );
  return mean(differences) <= deviation(differences);
}

/** Tibshirani's rule: the fewest clusters whose gap the next larger candidate does not clearly exceed. */
function firstByGap(candidates: readonly KCandidate[]): number {
  for (let i = 0; i + 1 < candidates.length; i++) {
    const next = gapOf(candidates[i + 1])!;
    if (gapOf(candidates[i])!.gap >= next.gap - next.error) return candidates[i].clusters;
  }
  return candidates[candidates.length - 1].clusters;
}
