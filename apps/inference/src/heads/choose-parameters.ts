/** What is chosen by how it does on examples that were held out. */
import { fitTemperature, meanLogLoss } from './calibration.js';
import type { Examples } from './examples.js';
import { logitsOfExamples } from './fit-linear.js';
import { logitsWith, scoreRows, type DraftEvidence, type JudgedRows } from './head-draft.js';
import type { LinearClassifier } from './linear-classifier.js';
import type { RegressionEngine } from './regression-engine.js';
import type { Mix } from './softmax-head.js';
import { meanSeparation } from './unknown-detector.js';

/** What a cosine of 1 to the nearest example may add to a logit. 0: nothing. */
const memoryWeights = [0, 1, 2, 4, 8, 16];

/** What a cosine and the energy may count beside log odds in the "combined" score. */
const mixedCosines = [2, 4, 8, 16, 32];
const mixedEnergies = [0, 0.25, 0.5, 1];

/** Rows that are enough to tell which of two choices is better. */
const rowsCompared = 1000;

/** Log loss at the best temperature, over evenly spaced rows: what is compared. */
function calibratedLoss(allLogits: readonly Float64Array[], allLabels: Int32Array): number {
  const every = Math.max(1, Math.floor(allLabels.length / rowsCompared));
  const logits = allLogits.filter((_, i) => i % every === 0);
  const labels = allLabels.filter((_, i) => i % every === 0);
  return meanLogLoss(logits, labels, fitTemperature(logits, labels));
}

/**
 * The penalty with the lowest calibrated log loss over all splits, and the weights found with it. Each fit starts where
 * the last one of its split ended.
 * @param candidates from strong to weak: the curve has one minimum, and past it weaker penalties only cost time
 */
export async function choosePenalty(
  engine: RegressionEngine,
  candidates: readonly number[],
  splits: readonly { readonly train: Examples; readonly measured: Examples }[],
  fit: (examples: Examples, l2: number, warm: LinearClassifier | undefined) => Promise<LinearClassifier>,
): Promise<{ l2: number; starts: readonly LinearClassifier[] }> {
  let best: { loss: number; l2: number; starts: readonly LinearClassifier[] } = {
    loss: Infinity,
    l2: candidates[0],
    starts: [],
  };
  const labels = Int32Array.from(splits.flatMap(({ measured }) => [...measured.labels]));
  let warm: readonly LinearClassifier[] = [];
  for (const l2 of candidates) {
    const starts: LinearClassifier[] = [];
    const logits: Float64Array[] = [];
    for (const [i, { train, measured }] of splits.entries()) {
      starts.push(await fit(train, l2, warm[i]));
      logits.push(...(await logitsOfExamples(engine, starts[i], measured)));
    }
    const loss = calibratedLoss(logits, labels);
    if (loss >= best.loss) break;
    best = { loss, l2, starts };
    warm = starts;
  }
  return best;
}

/** How much the memory counts, and the logits of all held-out examples with it. */
export function chooseMemoryWeight(evidence: readonly DraftEvidence[]): { weight: number; logits: Float64Array[] } {
  const labels = Int32Array.from(evidence.flatMap((part) => [...part.labels]));
  const logitsAt = (weight: number) => evidence.flatMap((part) => logitsWith(part, weight));
  let best = { weight: 0, logits: logitsAt(0), loss: Infinity };
  if (labels.length === 0 || evidence.some(({ nearest }) => nearest === undefined)) return best;
  for (const weight of memoryWeights) {
    const logits = logitsAt(weight);
    const loss = calibratedLoss(logits, labels);
    if (loss >= best.loss) break;
    best = { weight, logits, loss };
  }
  return best;
}

/** What counts beside log odds: where left-out classes are told apart best. Nothing without a memory. */
export function chooseMix(
  folds: readonly { readonly known: JudgedRows; readonly unknown: JudgedRows }[],
  temperature: number,
): Mix {
  const nothing: Mix = { cosine: 0, energy: 0 };
  if (folds.some(({ known }) => !known.remembered)) return nothing;
  // The score is linear in the mix: three of them give all.
  const partsOf = (judged: JudgedRows) => {
    const odds = scoreRows(judged, 'combined', temperature, nothing);
    const beside = (mix: Mix) => scoreRows(judged, 'combined', temperature, mix).map((both, i) => both - odds[i]);
    return { odds, cosine: beside({ ...nothing, cosine: 1 }), energy: scoreRows(judged, 'energy', temperature) };
  };
  const parts = folds.map(({ known, unknown }) => ({ known: partsOf(known), unknown: partsOf(unknown) }));
  const at = ({ odds, cosine, energy }: ReturnType<typeof partsOf>, mix: Mix) =>
    odds.map((odd, i) => odd + mix.cosine * cosine[i] + mix.energy * energy[i]);
  let best = { mix: nothing, auroc: -Infinity };
  for (const energy of mixedEnergies)
    for (const cosine of mixedCosines) {
      const mix = { cosine, energy };
      const auroc = meanSeparation(
        parts.map(({ known, unknown }) => ({ known: at(known, mix), unknown: at(unknown, mix) })),
      );
      if (auroc > best.auroc) best = { mix, auroc };
    }
  return best.mix;
}
