import { DomainError, type clusteringV1 } from '@cairn/contracts';
import type { DuplexHandling } from '@cairn/service-kit';
import { chooseForVectors, type Choice, type ChooseSettings } from './choose-vectors.js';
import type { Measured } from './evaluation/measure-candidate.js';
import { gapOf, stabilityOf, type KCandidate } from './evaluation/recommend-k.js';
import { readShape, whole } from './parameters.js';
import { prepareVectors } from './prepare-vectors.js';
import { receiveStart } from './receive-vectors.js';
import { withVectors, type VectorCallSettings } from './stream-vectors.js';

/** Lloyd stops at this share of the variance: candidates are compared, not kept. */
const tol = 1e-3;

/** Nothing beyond this many clusters is looked for unasked. */
const mostClusters = 500;

/** @throws INVALID_INPUT naming the field */
export function readChooseKStart(
  start: clusteringV1.ChooseKStart,
  maxBytes: number,
): Omit<ChooseSettings, 'tolerance'> & { readonly count: number; readonly dimension: number } {
  const { count, dimension } = readShape(start, maxBytes);
  if (count < 3) throw DomainError.invalid('count', `${count} vectors leave no choice: send at least 3.`);
  const minClusters = whole('min_clusters', start.minClusters ?? 2, 2, count - 1);
  const usual = Math.floor(Math.min(count / 3, 2 * Math.sqrt(count), mostClusters));
  const maxClusters = whole('max_clusters', start.maxClusters ?? Math.max(minClusters, usual), 2, count - 1);
  if (maxClusters < minClusters)
    throw DomainError.invalid('max_clusters', `max_clusters (${maxClusters}) is below min_clusters (${minClusters}).`);
  const sample = whole('sample', start.sample ?? Math.max(5_000, 25 * maxClusters), 3, 2 ** 31 - 1);
  if (Math.min(sample, count) <= maxClusters)
    throw DomainError.invalid('sample', `A sample of ${sample} shows no ${maxClusters} clusters: look at more rows.`);
  return {
    count,
    dimension,
    minClusters,
    maxClusters,
    sample,
    spherical: start.spherical ?? true,
    seed: whole('seed', start.seed ?? 42, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    resamples: whole('resamples', start.resamples ?? 3, 0, 100),
    references: whole('references', start.references ?? 3, 0, 100),
  };
}

/** One `ChooseK` call, from its first message to its last. */
export async function serveChooseKCall(
  { requests, send, signal, context }: DuplexHandling<clusteringV1.ChooseKRequest, clusteringV1.ChooseKResponse>,
  settings: VectorCallSettings,
): Promise<void> {
  const messages = requests[Symbol.asyncIterator]();
  const given = readChooseKStart(await receiveStart<clusteringV1.ChooseKStart>(messages), settings.maxBytes);
  const sendProgress = (stage: string, done: number, total: number) => send({ progress: { stage, done, total } });
  await withVectors(messages, given, settings, signal, sendProgress, async (values, tell, told) => {
    const began = performance.now();
    const { rows, preparation } = await prepareVectors(values, { ...given, tol }, settings.pool, signal);
    const { scale, tolerance } = preparation;
    let sending = Promise.resolve();
    const onCandidate = (measured: Measured) => {
      const candidate = toCandidate({ ...measured, halves: [], references: [] }, scale);
      sending = sending.then(() => send({ candidate }));
      sending.catch(() => {});
    };
    const choice = await chooseForVectors(rows, { ...given, tolerance }, settings.pool, tell, onCandidate, signal);
    await Promise.all([told(), sending]);
    const ms = Math.round(performance.now() - began);
    const { clusters } = choice.recommendation;
    settings.logger.info({ requestId: context.requestId, count: given.count, clusters, ms }, 'chose k');
    await send({ summary: toSummary(choice, scale) });
  });
}

function toSummary({ recommendation, candidates, sampled }: Choice, scale: number): clusteringV1.ChooseKSummary {
  const { clusters, low, high, clustered, votes } = recommendation;
  return {
    nClusters: clusters,
    low,
    high,
    clustered,
    curve: candidates.map((candidate) => toCandidate(candidate, scale)),
    votes: votes.map((vote) => ({ criterion: vote.criterion, nClusters: vote.clusters })),
    sampled,
  };
}

function toCandidate(candidate: KCandidate, scale: number): clusteringV1.KCandidate {
  const gap = gapOf(candidate);
  return {
    nClusters: candidate.clusters,
    inertia: candidate.inertia / scale ** 2,
    silhouette: candidate.silhouette,
    silhouetteError: candidate.silhouetteError,
    calinskiHarabasz: candidate.calinskiHarabasz,
    daviesBouldin: candidate.daviesBouldin,
    bic: candidate.bic,
    gap: gap?.gap,
    gapError: gap?.error,
    stability: stabilityOf(candidate),
  };
}
