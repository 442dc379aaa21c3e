import { InferenceSession, Tensor } from 'onnxruntime-node';
import { addDeviceStep, encodeModel, passThrough, type DeviceStep, type TrainingGraph } from '@cairn/onnx-graph';
import { Refusal } from '../threads/refusal.js';
import type { TrainingBatch } from './objectives.js';
import type { Moments, TrainedParameter } from './optimizer.js';
import type { Steps, StepSettings, WeighedBatch } from './steps.js';

type Feeds = (batch: TrainingBatch, names: readonly string[]) => Record<string, Tensor>;

interface OwnArrays {
  readonly parameter: TrainedParameter;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/**
 * Steps on a WebGPU device: parameters and moments stay there, a step sends its batch and gets the loss and a norm. They
 * come to memory only for a checkpoint and at the end.
 */
export class DeviceSteps implements Steps<TrainingBatch> {
  readonly parameters: readonly TrainedParameter[];
  private readonly own: readonly OwnArrays[];
  /** On the device; undefined while what counts is in memory. */
  private state: Readonly<Record<string, Tensor>> | undefined;
  private taken = 0;

  private constructor(
    parameters: readonly TrainedParameter[],
    private readonly step: DeviceStep,
    private readonly loss: string,
    private readonly session: InferenceSession,
    private readonly fetching: InferenceSession,
    private readonly feeds: Feeds,
    private readonly settings: StepSettings,
  ) {
    this.parameters = parameters;
    this.own = parameters.map((parameter) => ({
      parameter,
      mean: new Float32Array(parameter.values.length),
      square: new Float32Array(parameter.values.length),
    }));
  }

  /**
   * @param parameters in the order of the graph's
   * @param feeds what a batch feeds to inputs, parameters left out
   * @param device a test takes the processor
   * @throws if the device cannot be used
   */
  static async open(
    graph: TrainingGraph,
    parameters: readonly TrainedParameter[],
    feeds: Feeds,
    settings: StepSettings,
    device: 'webgpu' | 'cpu' = 'webgpu',
  ): Promise<DeviceSteps> {
    const executionProviders = device === 'cpu' ? ['cpu'] : [device, 'cpu'];
    const headRateScale = parameters.find((_, i) => graph.parameters[i].added)?.rateScale ?? 1;
    const step = addDeviceStep(graph, { ...settings, headRateScale });
    const small = [graph.loss, step.norm];
    const locations: [string, 'cpu' | 'gpu-buffer'][] = step.model.graph!.output.map(({ name = '' }) => [
      name,
      small.includes(name) ? 'cpu' : 'gpu-buffer',
    ]);
    const session = await InferenceSession.create(encodeModel(step.model), {
      executionProviders,
      preferredOutputLocation: Object.fromEntries(locations),
      logSeverityLevel: 3,
    });
    const values = step.state.flatMap(({ parameter, mean, square }, i) =>
      [parameter, mean, square].map((name) => ({ name, dims: parameters[i].dims })),
    );
    const fetching = await InferenceSession.create(encodeModel(passThrough(step.model, values)), {
      executionProviders,
      logSeverityLevel: 3,
    });
    return new DeviceSteps(parameters, step, graph.loss, session, fetching, feeds, settings);
  }

  get steps(): number {
    return this.taken;
  }

  async take(batches: readonly WeighedBatch<TrainingBatch>[], learningRate: number): Promise<number | undefined> {
    if (batches.length > 1)
      throw new Refusal(
        'accumulate',
        'On this device a step has one batch: leave accumulate at 1, and raise batchSize instead, which has the same effect.',
      );
    const { feeds: names } = this.step;
    const { beta1, beta2 } = this.settings;
    const t = this.taken + 1;
    const scalar = (value: number) => new Tensor('float32', Float32Array.of(value), []);
    const state = this.current();
    const inputs = this.session.inputNames.filter((name) => !(name in state) && !Object.values(names).includes(name));
    const outputs = await this.session.run({
      ...state,
      ...this.feeds(batches[0].batch, inputs),
      [names.learningRate]: scalar(learningRate),
      [names.rate]: scalar(learningRate / (1 - beta1 ** t)),
      [names.correction]: scalar(1 / Math.sqrt(1 - beta2 ** t)),
    });
    const loss = (outputs[this.loss].data as Float32Array)[0];
    const norm = (outputs[this.step.norm].data as Float32Array)[0];
    const next = Object.fromEntries(
      this.step.state.flatMap(({ parameter, mean, square, next: to }) => [
        [parameter, outputs[to.parameter]],
        [mean, outputs[to.mean]],
        [square, outputs[to.square]],
      ]),
    );
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      for (const tensor of Object.values(next)) tensor.dispose();
      return undefined;
    }
    for (const tensor of Object.values(this.state ?? {})) tensor.dispose();
    this.state = next;
    this.taken = t;
    return loss;
  }

  /** Parameters as a session on the device takes them. */
  parametersNow(): Record<string, Tensor> {
    const state = this.current();
    return Object.fromEntries(this.step.state.map(({ parameter }) => [parameter, state[parameter]]));
  }

  async fetch(): Promise<void> {
    if (this.state === undefined) return;
    // Reading such a tensor's data ends the process: a session copies it.
    const outputs = await this.fetching.run(this.state);
    const arrays = this.fetching.outputNames.map((name) => outputs[name].data as Float32Array);
    this.own.forEach(({ parameter, mean, square }, i) => {
      parameter.values.set(arrays[3 * i]);
      mean.set(arrays[3 * i + 1]);
      square.set(arrays[3 * i + 2]);
    });
  }

  moments(): Moments[] {
    return this.own.map(({ parameter, mean, square }) => ({ name: parameter.name, mean, square }));
  }

  restore(moments: readonly Moments[], steps: number): void {
    const byName = new Map(moments.map((one) => [one.name, one]));
    for (const { parameter, mean, square } of this.own) {
      const given = byName.get(parameter.name);
      if (given?.mean.length !== mean.length || given.square.length !== square.length)
        throw new RangeError(`The moments of "${parameter.name}" do not fit the parameter.`);
      mean.set(given.mean);
      square.set(given.square);
    }
    this.taken = steps;
    this.drop();
  }

  async close(): Promise<void> {
    this.drop();
    await this.session.release();
    await this.fetching.release();
  }

  private drop(): void {
    for (const tensor of Object.values(this.state ?? {})) tensor.dispose();
    this.state = undefined;
  }

  private current(): Readonly<Record<string, Tensor>> {
    if (this.state !== undefined) return this.state;
    return Object.fromEntries(
      this.step.state.flatMap(({ parameter, mean, square }, i) => {
        const { parameter: own, mean: first, square: second } = this.own[i];
        return [
          [parameter, new Tensor('float32', own.values, own.dims)],
          [mean, new Tensor('float32', first, own.dims)],
          [square, new Tensor('float32', second, own.dims)],
        ];
      }),
    );
  }
}
