import { defaultAdamW, type AdamWSettings } from './adamw.js';
import { Optimizer, type Moments, type TrainedParameter } from './optimizer.js';
import type { TrainableModel } from './trainable-model.js';

/** A batch, and what share of its step it has. */
export interface WeighedBatch<B> {
  readonly batch: B;
  readonly weight: number;
}

/** Parameters, their moments, and how batches move them; wherever they are. */
export interface Steps<B> {
  readonly parameters: readonly TrainedParameter[];
  /** Steps taken. */
  readonly steps: number;
  /**
   * One step of AdamW along the gradients of some batches.
   * @returns the loss; undefined if it or the gradients are no numbers: then nothing has moved
   */
  take(batches: readonly WeighedBatch<B>[], learningRate: number): Promise<number | undefined>;
  /** Brings parameters and moments, as they are now, into the arrays that `parameters` and `moments` give. */
  fetch(): Promise<void>;
  moments(): Moments[];
  /** Takes over moments, and parameters that were written into the arrays of `parameters`. */
  restore(moments: readonly Moments[], steps: number): void;
}

/** What a step is made with. */
export interface StepSettings extends AdamWSettings {
  /** Gradients whose global norm is larger are scaled down to it; 0: never. */
  readonly maxNorm: number;
}

export const stepSettings = (given: { weightDecay: number; maxNorm: number }): StepSettings => ({
  ...defaultAdamW,
  weightDecay: given.weightDecay,
  maxNorm: given.maxNorm,
});

/** Steps whose gradients come to this thread, which moves the parameters. */
export class HostSteps<B> extends Optimizer implements Steps<B> {
  constructor(
    private readonly model: TrainableModel<B>,
    settings: StepSettings,
  ) {
    super(model.parameters, settings, settings.maxNorm);
  }

  async take(batches: readonly WeighedBatch<B>[], learningRate: number): Promise<number | undefined> {
    let loss = 0;
    for (const { batch, weight } of batches) {
      const pass = await this.model.gradients(batch);
      loss += weight * pass.loss;
      this.accumulate(pass.gradients, weight);
    }
    const norm = this.norm();
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return undefined;
    this.step(learningRate, norm);
    return loss;
  }

  /** They are here. */
  async fetch(): Promise<void> {}
}
