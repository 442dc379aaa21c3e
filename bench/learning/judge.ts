import { accuracy, expectedCalibrationError } from '@cairn/numerics';
import { defaultParameters } from '../../apps/inference/src/heads/head-training.js';
import { classifyVectors, type SoftmaxHead, type Verdict } from '../../apps/inference/src/heads/softmax-head.js';
import { trainHead, type TrainedHead, type TrainingSet } from '../../apps/inference/src/heads/train-head.js';
import type { EmbeddedTexts } from './data-sets.js';
import type { Setting } from './setting.js';

const trained = new Map<string, Promise<TrainedHead>>();

/** Trains as the service does, with its defaults. A head is trained once for all sections, by its name. */
export function headOf(
  { engine }: Setting,
  name: string,
  set: TrainingSet,
  seed: number,
  parameters: { readonly memory?: boolean } = {},
): Promise<TrainedHead> {
  const key = `${name} ${seed} ${JSON.stringify(parameters)}`;
  let head = trained.get(key);
  if (head === undefined) {
    head = trainHead(set, { ...defaultParameters, ...parameters, seed }, () => {}, engine);
    trained.set(key, head);
  }
  return head;
}

export const judge = (head: SoftmaxHead, { vectors }: EmbeddedTexts): Verdict[] => classifyVectors(head, vectors, 1);

/** Share of texts whose best class is right. */
export function accuracyOf(verdicts: readonly Verdict[], { rows }: EmbeddedTexts): number {
  return accuracy(
    rows.map(() => 1),
    verdicts.map(({ classes }, i) => (classes[0].label === rows[i].label ? 1 : 0)),
  );
}

export function eceOf(verdicts: readonly Verdict[], { rows }: EmbeddedTexts): number {
  return expectedCalibrationError(
    verdicts.map(({ classes }) => Math.min(1, classes[0].probability)),
    verdicts.map(({ classes }, i) => classes[0].label === rows[i].label),
  );
}
