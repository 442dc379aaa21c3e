import type { clusteringV1 } from '@cairn/contracts';
import type { Choice } from './choose-vectors.js';
import { gapOf, stabilityOf, type KCandidate } from './evaluation/recommend-k.js';

/** A choice as the contract has it; `scale` as in Preparation. */
export function toChooseKSummary(
  { recommendation, candidates, sampled }: Choice,
  scale: number,
): clusteringV1.ChooseKSummary {
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

export function toCandidate(candidate: KCandidate, scale: number): clusteringV1.KCandidate {
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
