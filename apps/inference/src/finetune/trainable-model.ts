import type { Random } from '@cairn/numerics';
import type { Gradients, TrainedParameter } from './optimizer.js';
import type { Steps } from './steps.js';

/** Something whose parameters a trainer moves. `B` is a batch as it takes them. */
export interface TrainableModel<B> {
  readonly parameters: readonly TrainedParameter[];
  /** Forward and backward pass. The gradients may be used until the next call. */
  gradients(batch: B): Promise<{ readonly loss: number; readonly gradients: Gradients }>;
  /** Forward pass, without dropout. */
  evaluate(batch: B): Promise<Evaluation>;
  /** Pooled vectors of a batch `[texts, dimension]`, without dropout; where targets move. */
  embed?(batch: B): Promise<Float32Array>;
  /** What takes steps where gradients do not come to this thread; absent: HostSteps. */
  readonly steps?: Steps<B>;
}

export interface Evaluation {
  /** Mean over the batch. */
  readonly loss: number;
  /** Share of the classes, or hidden words, that were found; absent where there is nothing to find. */
  readonly accuracy?: number;
}

/** What is trained on. */
export interface TrainingData<B> {
  /** `[count]`, tokens of each example. */
  readonly lengths: Int32Array;
  /** Positions in `lengths` of the examples to train on, and of those held out. */
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
  /** Class of each example: those of one class come two by two; absent: in any order. */
  readonly pairedBy?: Int32Array;
  /**
   * @param indices positions in `lengths`
   * @param random decides whatever is random about the batch; absent for the held-out part, which is not augmented
   */
  batch(indices: Int32Array, random: Random | undefined): B;
  /** What the model itself finds, and is taught; absent: what is taught stays as it is. */
  readonly moving?: MovingTargets<B>;
}

/** Targets that are found anew before each epoch but the first, for which they are there. */
export interface MovingTargets<B> {
  /** Shares of changed targets up to this one end a training. */
  readonly settled: number;
  /**
   * @param embed vectors of a batch from the model as it is
   * @returns share of the examples whose target has changed
   */
  renew(embed: (batch: B) => Promise<Float32Array>): Promise<number>;
  /** What checkpoints keep of them, by names that no parameter has. */
  arrays(): [name: string, values: Float32Array][];
  restore(arrays: ReadonlyMap<string, Float32Array>): void;
}
