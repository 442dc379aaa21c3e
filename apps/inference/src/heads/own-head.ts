import { softmax, type Verdict } from './softmax-head.js';

/** Below it no class of a multi-label classifier is said to fit. */
const multiLabelThreshold = 0.5;

/**
 * What a sequence classifier says of texts by the head it brings with it. One label a text: softmax, the best classes;
 * it knows no "unknown". Several labels a text: sigmoid, each class for itself; a text that no class fits with at least
 * 0.5 is unknown.
 * @param logits `[count, classes]`, row-major
 * @param topK classes to give of each text, best first
 */
export function judgeLogits(
  logits: Float32Array,
  classes: readonly string[],
  multiLabel: boolean,
  topK: number,
): Verdict[] {
  const verdicts: Verdict[] = [];
  for (let at = 0; at < logits.length; at += classes.length) {
    const row = Float64Array.from(logits.subarray(at, at + classes.length));
    const probabilities = multiLabel ? row.map((logit) => 1 / (1 + Math.exp(-logit))) : softmax(row, 1);
    const best = Array.from(probabilities.keys())
      .sort((a, b) => probabilities[b] - probabilities[a] || a - b)
      .slice(0, topK);
    const score = probabilities[best[0]];
    verdicts.push({
      unknown: multiLabel && score < multiLabelThreshold,
      score,
      classes: best.map((c) => ({ label: classes[c], probability: probabilities[c] })),
    });
  }
  return verdicts;
}
