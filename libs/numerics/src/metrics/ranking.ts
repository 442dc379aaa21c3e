import { requireSameLength } from './contingency.js';

/**
 * Area under the ROC curve: the probability that a positive item has a higher score than a negative one, ties
 * counted half (Mann-Whitney). `scores [n]`, `positive [n]` (0 or 1, or booleans). NaN if one of the two is missing.
 */
export function auroc(scores: ArrayLike<number>, positive: ArrayLike<number | boolean>): number {
  requireSameLength(scores, positive);
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    const meanRank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++)
      if (positive[order[i]]) {
        positives++;
        rankSum += meanRank;
      }
    start = end;
  }
  const negatives = scores.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
