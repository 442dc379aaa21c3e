import type { Rows } from '@cairn/kmeans';
import { chooseK } from './evaluation/choose-k.js';
import type { Measured } from './evaluation/measure-candidate.js';
import { recommendK, type KCandidate, type Recommendation } from './evaluation/recommend-k.js';
import type { RunParameters } from './parameters.js';
import { sampleRows } from './sample-rows.js';
import type { WorkerPool } from './workers/worker-pool.js';

export interface ChooseSettings {
  readonly minClusters: number;
  readonly maxClusters: number;
  readonly spherical: boolean;
  readonly seed: number;
  readonly tolerance: number;
  /** Rows looked at, at most. */
  readonly sample: number;
  readonly resamples: number;
  readonly references: number;
}

export interface Choice {
  readonly recommendation: Recommendation;
  readonly candidates: readonly KCandidate[];
  readonly sampled: number;
}

/** Nothing beyond this many clusters is looked for unasked. */
const mostClusters = 500;

/** The largest number of clusters that is looked for unasked among so many rows. */
export const usualMostClusters = (count: number) => Math.floor(Math.min(count / 3, 2 * Math.sqrt(count), mostClusters));

/** Rows looked at unless a call says so. */
export const usualSample = (maxClusters: number) => Math.max(5_000, 25 * maxClusters);

/** How often halves and references are drawn unless a call says so. */
export const usualDraws = 3;

/** Lloyd stops at this share of the variance: candidates are compared, not kept. */
export const choiceTol = 1e-3;

/** A choice in the measure of the vectors as they came; `scale` as in Preparation. */
export function inMeasureOf(choice: Choice, scale: number): Choice {
  const original = (inertia: number) => inertia / scale ** 2;
  const candidates = choice.candidates.map((candidate) => ({
    ...candidate,
    inertia: original(candidate.inertia),
    references: candidate.references.map(original),
  }));
  return { ...choice, candidates };
}

/** Restarts of a candidate (of many clusters, one is much like the next), and of one on a half or a reference, where only the mean over several counts. */
const restartsOf = (clusters: number) => (clusters <= 64 ? 5 : 2);
const resampleRestarts = 2;
const maxIter = 100;

/** Of Euclidean rows, so many are looked at for a silhouette. */
const silhouetteSample = 5_000;

/** So many candidates of the best silhouettes are looked at closely. */
const finalists = 6;

/**
 * Chooses a number of clusters: a coarse grid and then finer ones by silhouette, and the best candidates compared on halves of the
 * rows and with references without clusters. Everything is measured on one sample of the rows, so that the time needed hardly
 * depends on their number.
 * @param rows prepared, at least three
 * @param onCandidate told of each candidate when it is measured
 */
export async function chooseForVectors(
  rows: Rows,
  settings: ChooseSettings,
  pool: WorkerPool,
  tell: (stage: 'search' | 'compare', done: number, total: number) => void,
  onCandidate: (candidate: Measured) => void,
  signal: AbortSignal,
): Promise<Choice> {
  const { spherical, seed, tolerance, minClusters, maxClusters } = settings;
  const sampled = sampleRows(rows, settings.sample, seed);
  const optionsOf = (clusters: number, howOften: number) => ({
    clusters,
    seed,
    restarts: howOften,
    maxIter,
    tolerance,
    spherical,
    sampleLimit: silhouetteSample,
  });
  let done = 0;
  let total = 0;
  const { candidates } = await chooseK(minClusters, maxClusters, (ks) => {
    total += ks.length;
    tell('search', done, total);
    return Promise.all(
      ks.map(async (clusters) => {
        const options = optionsOf(clusters, restartsOf(clusters));
        const measured = await pool.run({ kind: 'measure', rows: sampled, options }, signal);
        onCandidate(measured);
        tell('search', ++done, total);
        return measured;
      }),
    );
  });

  const chosen = [...candidates]
    .sort((a, b) => b.silhouette - a.silhouette || a.clusters - b.clusters)
    .slice(0, finalists);
  let compared = 0;
  const comparisons = chosen.length * (settings.resamples + settings.references);
  const compare = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    tell('compare', ++compared, comparisons);
    return result;
  };
  const draws = (howMany: number) => Array.from({ length: howMany }, (_, draw) => draw);
  const closely = new Map(
    await Promise.all(
      chosen.map(async ({ clusters }) => {
        const options = optionsOf(clusters, resampleRestarts);
        const task = { rows: sampled, options };
        const halves = draws(settings.resamples).map((draw) =>
          compare(pool.run({ kind: 'halves', ...task, draw }, signal)),
        );
        const references = draws(settings.references).map((draw) =>
          compare(pool.run({ kind: 'reference', ...task, draw }, signal)),
        );
        return [clusters, { halves: await Promise.all(halves), references: await Promise.all(references) }] as const;
      }),
    ),
  );
  const all = candidates.map((candidate): KCandidate => ({
    ...candidate,
    ...(closely.get(candidate.clusters) ?? { halves: [], references: [] }),
  }));
  return { recommendation: recommendK(all), candidates: all, sampled: sampled.count };
}

/**
 * The number of clusters of a run that was given none. Fewer than three rows leave no choice: a silhouette needs two clusters and
 * one row more than clusters.
 * @param rows prepared
 * @param tolerance of the rows' preparation, made with `parameters.tol`
 */
export async function chooseNumber(
  rows: Rows,
  parameters: Pick<RunParameters, 'minClusters' | 'maxClusters' | 'spherical' | 'seed' | 'tol'>,
  tolerance: number,
  pool: WorkerPool,
  tell: (stage: 'search' | 'compare', done: number, total: number) => void,
  signal: AbortSignal,
): Promise<{ clusters: number; choice?: Choice }> {
  if (rows.count < 3) return { clusters: 1 };
  const { spherical, seed, tol } = parameters;
  const maxClusters = Math.min(parameters.maxClusters, rows.count - 1);
  const settings = {
    minClusters: Math.min(parameters.minClusters, maxClusters),
    maxClusters,
    spherical,
    seed,
    tolerance: tol > 0 ? tolerance * Math.max(1, choiceTol / tol) : tolerance,
    sample: usualSample(maxClusters),
    resamples: usualDraws,
    references: usualDraws,
  };
  const choice = await chooseForVectors(rows, settings, pool, tell, () => {}, signal);
  return { clusters: choice.recommendation.clusters, choice };
}
