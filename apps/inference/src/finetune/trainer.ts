/**
 * The training loop. What happens in a step follows from settings, data, seed and the number of the step alone: a training
 * that was killed and goes on from a checkpoint ends with the same parameters, bit for bit, as one that was not.
 */
import { Random } from '@cairn/numerics';
import { Refusal } from '../threads/refusal.js';
import type { Checkpoints, Measurement, TrainingState } from './checkpoints.js';
import { EarlyStopping } from './early-stopping.js';
import { costOf, measureHeldOut } from './measure-held-out.js';
import { Pace } from './pace.js';
import { learningRateAt, type Schedule } from './schedule.js';
import { HostSteps, stepSettings, type WeighedBatch } from './steps.js';
import type { TrainableModel, TrainingData } from './trainable-model.js';
import { epochBatches, paddedTokens, pairedBatches, streams } from './training-batches.js';
import type { TrainingSettings } from './training-settings.js';

export interface TrainingProgress {
  /** Steps taken, and to take if nothing stops the training early. */
  readonly step: number;
  readonly totalSteps: number;
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of this step. */
  readonly loss: number;
  readonly learningRate: number;
  /** Padding included; of the last steps. */
  readonly tokensPerSecond: number;
  readonly etaSeconds: number;
  /** What the held-out part says, at the end of an epoch. */
  readonly measured?: Measurement;
  /** Where targets move: share of the examples that had others in the epoch before. */
  readonly changed?: number;
}

export interface TrainingOutcome {
  readonly steps: number;
  /** Whether the held-out part had stopped improving, or targets that move had settled. */
  readonly stoppedEarly: boolean;
  /** Step whose parameters the model has now: the best on the held-out part, or the last. */
  readonly keptStep: number;
  readonly history: readonly Measurement[];
  /** Time that it took, in all runs together. */
  readonly seconds: number;
  /** Step of the checkpoint that it went on from, and checkpoints that were broken. */
  readonly resumedAt: number | undefined;
  readonly brokenCheckpoints: readonly string[];
}

export interface TrainingControl {
  readonly checkpoints: Checkpoints;
  /** Of `TrainingState`. */
  readonly fingerprint: string;
  /** Seconds between checkpoints; 0: one after every step. */
  readonly checkpointSeconds: number;
  readonly onProgress: (progress: TrainingProgress) => void;
  /** Asked after every step. */
  readonly isCancelled: () => boolean;
}

/** Somebody cancelled the training; a checkpoint of the last step is there. */
export class TrainingCancelled extends Error {
  override name = 'TrainingCancelled';
}

/**
 * Trains a model in place, from the newest checkpoint if there is one. With a held-out part, it ends with the parameters
 * that were best on it.
 * @throws Refusal for "learningRate" if loss or gradients are no numbers any more; the last good checkpoint stays
 * @throws TrainingCancelled
 */
export async function train<B>(
  model: TrainableModel<B>,
  data: TrainingData<B>,
  settings: TrainingSettings,
  control: TrainingControl,
): Promise<TrainingOutcome> {
  const { checkpoints, fingerprint } = control;
  const optimizer = model.steps ?? new HostSteps(model, stepSettings(settings));
  const found = checkpoints.restore(optimizer);
  const { moving } = data;
  if (found) moving?.restore(found.arrays);
  const plan = planEpochs(data, settings);
  const totalSteps = plan.reduce((sum, { steps }) => sum + steps, 0);
  const schedule: Schedule = {
    decay: settings.decay,
    peak: settings.learningRate,
    warmUpSteps: Math.round(settings.warmUp * totalSteps),
    totalSteps,
  };
  const stopping = new EarlyStopping(settings.patience, found?.state.earlyStopping);
  let { epoch, batch, bestStep, history, since } = found?.state ?? beginning;
  const pace = new Pace(plan.reduce((sum, { tokens }) => sum + tokens, 0) - tokensBefore(plan, epoch, batch));
  const startedAt = performance.now() - 1000 * (found?.state.seconds ?? 0);
  const seconds = () => (performance.now() - startedAt) / 1000;
  let savedAt = performance.now();
  const save = async () => {
    await optimizer.fetch();
    const { seed } = settings;
    const state: Omit<TrainingState, 'step'> = {
      ...{ fingerprint, seed, epoch, batch, bestStep, history, since },
      earlyStopping: stopping.state(),
      seconds: seconds(),
    };
    checkpoints.save({ ...state, step: optimizer.steps }, optimizer, moving?.arrays());
    savedAt = performance.now();
  };

  const embed = async (given: B) => {
    if (control.isCancelled()) throw new TrainingCancelled(`The training was cancelled after epoch ${epoch}.`);
    return model.embed!(given);
  };
  let isSettled = false;
  for (; epoch < settings.epochs && !stopping.isOver; epoch++, batch = 0) {
    if (moving !== undefined && epoch > 0 && batch === 0) {
      since = { ...since, changed: await moving.renew(embed) };
      isSettled = since.changed! <= moving.settled;
      if (isSettled) break;
    }
    const batches = trainingBatches(data, settings, epoch);
    while (batch < batches.length) {
      const together = batches.slice(batch, batch + settings.accumulate);
      const learningRate = learningRateAt(schedule, optimizer.steps);
      const given = batchesOfStep(data, together, settings.seed, epoch, batch);
      const loss = await optimizer.take(given, learningRate);
      if (loss === undefined) throw diverged(optimizer.steps, checkpoints);
      batch += together.length;
      since = { ...since, loss: since.loss + loss, steps: since.steps + 1 };
      pace.advance(paddedTokens(together, data.lengths));
      const isLast = batch === batches.length;
      let measured: Measurement | undefined;
      if (isLast) {
        measured = {
          step: optimizer.steps,
          epoch,
          trainLoss: since.loss / since.steps,
          ...(since.changed !== undefined && { changed: since.changed }),
          ...(await measureHeldOut(model, data, settings)),
        };
        history = [...history, measured];
        if (measured.heldOut !== undefined && stopping.isBest(costOf(measured.heldOut))) {
          bestStep = optimizer.steps;
          await optimizer.fetch();
          checkpoints.saveBest(bestStep, optimizer);
        }
      }
      const { steps } = optimizer;
      control.onProgress({
        ...{ step: steps, totalSteps, epoch, epochs: settings.epochs, loss, learningRate, measured },
        ...(since.changed !== undefined && { changed: since.changed }),
        ...pace.now(),
      });
      if (isLast) since = beginning.since;
      const isCancelled = control.isCancelled();
      if (isLast || isCancelled || performance.now() - savedAt >= 1000 * control.checkpointSeconds) await save();
      if (isCancelled) throw new TrainingCancelled(`The training was cancelled after step ${steps} of ${totalSteps}.`);
    }
  }
  await optimizer.fetch();
  if (bestStep !== undefined) checkpoints.restoreBest(bestStep, optimizer);
  return {
    steps: optimizer.steps,
    stoppedEarly: stopping.isOver || isSettled,
    keptStep: bestStep ?? optimizer.steps,
    history,
    seconds: seconds(),
    resumedAt: found?.state.step,
    brokenCheckpoints: found?.skipped ?? [],
  };
}

const beginning: Pick<TrainingState, 'epoch' | 'batch' | 'bestStep' | 'history' | 'since'> = {
  epoch: 0,
  batch: 0,
  bestStep: undefined,
  history: [],
  since: { loss: 0, steps: 0 },
};

function trainingBatches<B>({ lengths, train, pairedBy }: TrainingData<B>, settings: TrainingSettings, epoch: number) {
  const { batchSize, batchTokens = Infinity, seed } = settings;
  const own = train.map((index) => lengths[index]);
  const limits = { examples: batchSize, tokens: batchTokens };
  const batches =
    pairedBy === undefined
      ? epochBatches(own, limits, seed, epoch)
      : pairedBatches(
          own,
          train.map((index) => pairedBy[index]),
          limits,
          seed,
          epoch,
        );
  return batches.map((batch) => batch.map((position) => train[position]));
}

interface EpochPlan {
  readonly steps: number;
  readonly batches: number;
  readonly tokens: number;
}

function planEpochs<B>(data: TrainingData<B>, settings: TrainingSettings): EpochPlan[] {
  return Array.from({ length: settings.epochs }, (_, epoch) => {
    const batches = trainingBatches(data, settings, epoch);
    const steps = Math.ceil(batches.length / settings.accumulate);
    return { steps, batches: batches.length, tokens: paddedTokens(batches, data.lengths) };
  });
}

/** About, within an epoch: for the time that is left. */
function tokensBefore(plan: readonly EpochPlan[], epoch: number, batch: number): number {
  const whole = plan.slice(0, epoch).reduce((sum, { tokens }) => sum + tokens, 0);
  return epoch < plan.length ? whole + (plan[epoch].tokens * batch) / plan[epoch].batches : whole;
}

/** The batches of a step, with what is random about them, and the share of the step's examples that each has. */
function batchesOfStep<B>(
  data: TrainingData<B>,
  batches: readonly Int32Array[],
  seed: number,
  epoch: number,
  firstBatch: number,
): WeighedBatch<B>[] {
  const examples = batches.reduce((sum, { length }) => sum + length, 0);
  return batches.map((indices, i) => ({
    batch: data.batch(indices, new Random(seed, streams.augmentation, epoch, firstBatch + i)),
    weight: indices.length / examples,
  }));
}

function diverged(steps: number, checkpoints: Checkpoints): Refusal {
  const last = checkpoints.lastStep();
  const kept = last === undefined ? 'No checkpoint had been written yet.' : `The checkpoint of step ${last} is kept.`;
  return new Refusal(
    'learningRate',
    `The loss or its gradients became infinite or no number after ${steps} steps, and the training was stopped. ${kept} Train with a lower learning rate, a longer warm-up, or a lower maxNorm.`,
  );
}
