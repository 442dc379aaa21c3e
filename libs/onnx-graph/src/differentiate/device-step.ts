import { removeUnused } from '../graph-index.js';
import { elementTypes, type ModelProto, type ValueInfoProto } from '../model.js';
import { opsetOf } from '../nodes.js';
import { GraphWriter } from './graph-writer.js';
import { NotTrainableError } from './not-trainable.js';
import type { TrainableParameter, TrainingGraph } from './training-graph.js';

export interface DeviceStepOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Gradients whose global norm is larger are scaled down to it; 0: never. */
  readonly maxNorm: number;
  /** Learning rate of what the loss added (a head), in those of the encoder. */
  readonly headRateScale: number;
}

/** A parameter and its moments: names of inputs, and of the outputs that are their next values. */
export interface DeviceState {
  readonly parameter: string;
  readonly mean: string;
  readonly square: string;
  readonly next: { readonly parameter: string; readonly mean: string; readonly square: string };
}

/** A whole optimizer step as one graph: nothing but the loss and a norm has to leave the device. */
export interface DeviceStep {
  readonly model: ModelProto;
  readonly state: readonly DeviceState[];
  /** Output, a scalar: global norm of the gradients, before clipping. */
  readonly norm: string;
  /**
   * Inputs, scalars: the learning rate; the same over 1 - beta1^t; and 1 / sqrt(1 - beta2^t), where t is the step from 1.
   */
  readonly feeds: { readonly learningRate: string; readonly rate: string; readonly correction: string };
}

/**
 * Adds AdamW to a training graph (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2), with clipping by the global
 * norm as PyTorch's clip_grad_norm_ has it. Parameters and moments are inputs, their next values outputs, so that they can stay on
 * the device. Word embeddings that a batch does not read do not move, nor do their moments.
 * @throws NotTrainableError if the model's opset is older than 16, which cannot add rows
 */
export function addDeviceStep(training: TrainingGraph, options: DeviceStepOptions): DeviceStep {
  if (opsetOf(training.model) < 16)
    throw new NotTrainableError('A step on a device needs opset 16 or later; export the model again with a later one.');
  const source = training.model.graph!;
  const node = source.node.map((one) => ({ ...one, input: [...one.input], output: [...one.output] }));
  const graph = { ...source, node, initializer: [...source.initializer], input: [...source.input] };
  const model: ModelProto = { ...training.model, graph };
  const write = new GraphWriter(model, 'adamw');
  const scalar = (wanted: string): string => {
    const name = write.fresh(wanted);
    graph.input.push(describe(name, []));
    return name;
  };
  const feeds = { learningRate: scalar('learning_rate'), rate: scalar('rate'), correction: scalar('correction') };

  const gradients = training.parameters.map((parameter) => denseGradient(write, parameter));
  const squares = gradients.map(({ gradient }) => write.total(write.op('Mul', [gradient, gradient])));
  const norm = write.op('Sqrt', [squares.reduce((sum, one) => write.op('Add', [sum, one]))]);
  const scale =
    options.maxNorm > 0
      ? write.op('Min', [
          write.op('Div', [write.float(options.maxNorm), write.op('Add', [norm, write.float(1e-6)])]),
          write.float(1),
        ])
      : undefined;

  const state = training.parameters.map((parameter, i): DeviceState => {
    const { name, dims } = parameter;
    const [mean, square] = [write.fresh(`${name}/mean`), write.fresh(`${name}/square`)];
    graph.input.push(describe(mean, dims), describe(square, dims));
    const { gradient, touched } = gradients[i];
    const scaled = scale === undefined ? gradient : write.op('Mul', [gradient, scale]);
    const rateScale = parameter.added ? options.headRateScale : 1;
    const keepUntouched = (next: string, before: string): string =>
      touched === undefined ? next : write.op('Where', [touched, next, before]);
    const towards = (moment: string, to: string, share: number): string =>
      write.op('Add', [moment, write.op('Mul', [write.op('Sub', [to, moment]), write.float(share)])]);
    const nextMean = towards(mean, scaled, 1 - options.beta1);
    const nextSquare = towards(square, write.op('Mul', [scaled, scaled]), 1 - options.beta2);
    const root = write.op('Mul', [write.op('Sqrt', [nextSquare]), feeds.correction]);
    const rate = rateScale === 1 ? feeds.rate : write.op('Mul', [feeds.rate, write.float(rateScale)]);
    const change = write.op('Div', [
      write.op('Mul', [nextMean, rate]),
      write.op('Add', [root, write.float(options.epsilon)]),
    ]);
    const decay = parameter.decays ? rateScale * options.weightDecay : 0;
    const kept =
      decay === 0
        ? name
        : write.op('Sub', [name, write.op('Mul', [name, write.op('Mul', [feeds.learningRate, write.float(decay)])])]);
    return {
      ...{ parameter: name, mean, square },
      next: {
        parameter: keepUntouched(write.op('Sub', [kept, change]), name),
        mean: keepUntouched(nextMean, mean),
        square: keepUntouched(nextSquare, square),
      },
    };
  });
  graph.output = [
    describe(training.loss, []),
    describe(norm, []),
    ...state.flatMap(({ next }, i) => Object.values(next).map((name) => describe(name, training.parameters[i].dims))),
  ];
  removeUnused(graph);
  return { model, state, norm, feeds };
}

/** The gradient as large as its parameter, and, of a table, which rows have one `[rows, 1]`. */
function denseGradient(
  write: GraphWriter,
  { name, dims, gradient }: TrainableParameter,
): { gradient: string; touched?: string } {
  if ('dense' in gradient) return { gradient: gradient.dense };
  const nothing = write.op('Mul', [name, write.float(0)]);
  const whole = write.addRows(nothing, gradient.ids, gradient.rows, dims.length);
  // Padding is read, and its gradient is zero: on the host its row is not moved either.
  const sizes = write.sumOver(write.op('Abs', [whole]), [1], true);
  return { gradient: whole, touched: write.op('Greater', [sizes, write.float(0)]) };
}

function describe(name: string, dims: readonly number[]): ValueInfoProto {
  const dim = dims.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: elementTypes.float32, shape: { dim } } }, metadataProps: [] };
}

/** A graph that gives what it is given: on a session whose outputs are in memory, it fetches from a device. */
export function passThrough(
  model: ModelProto,
  values: readonly { name: string; dims: readonly number[] }[],
): ModelProto {
  const graph = { ...model.graph!, node: [], initializer: [], input: [], output: [] } as NonNullable<
    ModelProto['graph']
  >;
  const copy: ModelProto = { ...model, graph };
  const write = new GraphWriter(copy, 'fetch');
  for (const { name, dims } of values) {
    graph.input.push(describe(name, dims));
    const output = write.op('Identity', [name]);
    graph.output.push(describe(output, dims));
  }
  return copy;
}
