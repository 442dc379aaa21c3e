import type { Measurement } from './checkpoints.js';
import type { TrainableModel, TrainingData } from './trainable-model.js';
import { epochBatches } from './training-batches.js';
import type { TrainingSettings } from './training-settings.js';

/** Loss, and accuracy where there is something to find, over the held-out part; nothing without one. */
export async function measureHeldOut<B>(
  model: TrainableModel<B>,
  data: TrainingData<B>,
  { batchSize, batchTokens = Infinity }: TrainingSettings,
): Promise<Pick<Measurement, 'heldOut'>> {
  const { heldOut, lengths } = data;
  if (heldOut.length === 0) return {};
  const own = heldOut.map((index) => lengths[index]);
  let loss = 0;
  let accuracy: number | undefined = 0;
  // Batches of an order that never changes, as a contrastive loss depends on them.
  for (const positions of epochBatches(own, { examples: batchSize, tokens: batchTokens }, 0, 0)) {
    const evaluated = await model.evaluate(
      data.batch(
        positions.map((position) => heldOut[position]),
        undefined,
      ),
    );
    const share = positions.length / heldOut.length;
    loss += evaluated.loss * share;
    if (evaluated.accuracy === undefined) accuracy = undefined;
    else if (accuracy !== undefined) accuracy += evaluated.accuracy * share;
  }
  // Shares of batches add up to a crumb more or less than a round share.
  return { heldOut: { loss, ...(accuracy !== undefined && { accuracy: Number(accuracy.toFixed(9)) }) } };
}

/**
 * What early stopping looks at: errors, and among equal ones the loss. Late in a fine-tuning the loss rises with the
 * confidence in few wrong answers while more and more are right.
 */
export const costOf = ({ loss, accuracy }: NonNullable<Measurement['heldOut']>): number =>
  accuracy === undefined ? loss : 1 - accuracy + 1e-6 * Math.min(loss, 100);
