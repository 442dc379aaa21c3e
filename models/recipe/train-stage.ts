import { Random } from '@cairn/numerics';
import { buildTrainingGraph, writeBack, type Loss, type ModelProto, type ParameterChoice } from '@cairn/onnx-graph';
import { defaultAdamW } from '../../apps/inference/src/finetune/adamw.js';
import { Checkpoints, type TrainingState } from '../../apps/inference/src/finetune/checkpoints.js';
import type { TrainingBatch } from '../../apps/inference/src/finetune/objectives.js';
import { OnnxTrainingModel } from '../../apps/inference/src/finetune/onnx-training-model.js';
import { learningRateAt } from '../../apps/inference/src/finetune/schedule.js';
import { HostSteps } from '../../apps/inference/src/finetune/steps.js';

export interface StageSettings {
  readonly name: string;
  readonly steps: number;
  readonly learningRate: number;
  /** Learning rate of a weight, in those of the stage. */
  readonly rateScale?: (name: string) => number;
  /** Share of the steps in which the rate rises; then it falls to 0 in a line. */
  readonly warmUp: number;
  readonly weightDecay: number;
  readonly dropout: number;
  readonly maxNorm: number;
  readonly seed: number;
}

export interface StageWork {
  /** Value that the loss begins with; default: last_hidden_state. */
  readonly output?: string;
  readonly loss: Loss;
  readonly parameters: ParameterChoice;
  readonly batch: (random: Random) => TrainingBatch | Promise<TrainingBatch>;
  /** Folder of its checkpoints. */
  readonly checkpoints: string;
  readonly say: (text: string) => void;
}

const checkpointSeconds = 120;
const reportSeconds = 15;

/**
 * Trains a model for so many steps, and writes the weights back into it. Killed and run again, it goes on from its last
 * checkpoint; what a step draws follows from seed and step alone, so that the result is the same.
 */
export async function trainStage(model: ModelProto, settings: StageSettings, work: StageWork): Promise<void> {
  const { dropout, steps: totalSteps, seed } = settings;
  const graph = await buildTrainingGraph(model, {
    loss: work.loss,
    parameters: work.parameters,
    ...(work.output !== undefined && { output: work.output }),
    dropout: { hidden: dropout, attention: dropout, pooled: 0 },
  });
  const training = await OnnxTrainingModel.open(graph, 1);
  const rateScale = settings.rateScale ?? (() => 1);
  const scaled = {
    parameters: training.parameters.map((parameter) => ({ ...parameter, rateScale: rateScale(parameter.name) })),
    gradients: (batch: TrainingBatch) => training.gradients(batch),
    evaluate: (batch: TrainingBatch) => training.evaluate(batch),
  };
  const { weightDecay, maxNorm } = settings;
  const optimizer = new HostSteps(scaled, { ...defaultAdamW, beta2: 0.99, weightDecay, maxNorm });
  const { rateScale: _, ...named } = settings;
  const fingerprint = JSON.stringify(named);
  const checkpoints = new Checkpoints(work.checkpoints, fingerprint);
  const found = checkpoints.restore(optimizer);
  if (found !== undefined) work.say(`${settings.name}: goes on from step ${found.state.step}`);
  const schedule = {
    ...{ decay: 'linear' as const, peak: settings.learningRate, totalSteps },
    warmUpSteps: Math.round(settings.warmUp * totalSteps),
  };
  const begun = performance.now();
  const before = found?.state.seconds ?? 0;
  const first = optimizer.steps;
  let [savedAt, saidAt, mean, tokens] = [begun, begun, NaN, 0];
  const state = (): TrainingState => ({
    ...{ fingerprint, seed, step: optimizer.steps, epoch: 0, batch: optimizer.steps, history: [], bestStep: undefined },
    earlyStopping: { since: 0 },
    since: { loss: 0, steps: 0 },
    seconds: before + (performance.now() - begun) / 1000,
  });
  while (optimizer.steps < totalSteps) {
    const step = optimizer.steps;
    const batch = await work.batch(new Random(seed, 7, step));
    const loss = await optimizer.take([{ batch, weight: 1 }], learningRateAt(schedule, step));
    if (loss === undefined) throw new Error(`${settings.name}: the loss is no number any more, at step ${step}.`);
    tokens += batch.padded.batch * batch.padded.seq;
    mean = Number.isNaN(mean) ? loss : 0.98 * mean + 0.02 * loss;
    const now = performance.now();
    if (now - saidAt > 1000 * reportSeconds || optimizer.steps === totalSteps) {
      saidAt = now;
      const seconds = (now - begun) / 1000;
      const left = (seconds / (optimizer.steps - first)) * (totalSteps - optimizer.steps);
      work.say(
        `${settings.name}: step ${optimizer.steps} of ${totalSteps}, loss ${mean.toFixed(4)}, ${Math.round(tokens / seconds)} tokens/s, ${Math.round(left)} s left`,
      );
    }
    if (now - savedAt > 1000 * checkpointSeconds || optimizer.steps === totalSteps) {
      checkpoints.save(state(), optimizer);
      savedAt = performance.now();
    }
  }
  const { encoder } = training.trained();
  writeBack(model, encoder);
  await training.close();
}
