import { DomainError, type clusteringV1 } from '@cairn/contracts';
import type { DuplexHandling } from '@cairn/service-kit';
import {
  chooseForVectors,
  choiceTol,
  usualDraws,
  usualMostClusters,
  usualSample,
  type ChooseSettings,
} from './choose-vectors.js';
import type { Measured } from './evaluation/measure-candidate.js';
import { readShape, whole } from './parameters.js';
import { toCandidate, toChooseKSummary } from './choice-message.js';
import { prepareVectors } from './prepare-vectors.js';
import { receiveStart } from './receive-vectors.js';
import { withVectors, type VectorCallSettings } from './stream-vectors.js';

/** @throws INVALID_INPUT naming the field */
export function readChooseKStart(
  start: clusteringV1.ChooseKStart,
  maxBytes: number,
): Omit<ChooseSettings, 'tolerance'> & { readonly count: number; readonly dimension: number } {
  const { count, dimension } = readShape(start, maxBytes);
  if (count < 3) throw DomainError.invalid('count', `${count} vectors leave no choice: send at least 3.`);
  const minClusters = whole('min_clusters', start.minClusters ?? 2, 2, count - 1);
  const maxClusters = whole(
    'max_clusters',
    start.maxClusters ?? Math.max(minClusters, usualMostClusters(count)),
    2,
    count - 1,
  );
  if (maxClusters < minClusters)
    throw DomainError.invalid('max_clusters', `max_clusters (${maxClusters}) is below min_clusters (${minClusters}).`);
  const sample = whole('sample', start.sample ?? usualSample(maxClusters), 3, 2 ** 31 - 1);
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
    resamples: whole('resamples', start.resamples ?? usualDraws, 0, 100),
    references: whole('references', start.references ?? usualDraws, 0, 100),
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
    const { rows, preparation } = await prepareVectors(values, { ...given, tol: choiceTol }, settings.pool, signal);
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
    await send({ summary: toChooseKSummary(choice, scale) });
  });
}
