import { GraphIndex, removeUnused } from '../graph-index.js';
import { elementTypes, type ElementType, type GraphProto, type ModelProto, type ValueInfoProto } from '../model.js';
import { elementCount } from '../small-tensors.js';
import { tensorValues } from '../tensor.js';
import { importDomain, microsoft } from '../nodes.js';
import { Backward, type ParameterGradient } from './backward.js';
import { addDropout, type DropoutOptions } from './dropout.js';
import { findParameters, ofLastLayers } from './find-parameters.js';
import { GraphWriter } from './graph-writer.js';
import { writeLoss, type Loss } from './losses.js';
import { addLowRank, type LowRankOptions, type LowRankPair } from './low-rank.js';
import { NotTrainableError } from './not-trainable.js';
import { prepareTraining } from './prepare-training.js';
import { valueShapes, type Feeds } from './value-shapes.js';

/**
 * Which weights are trained: all of the encoder's, those of its last layers, the named ones, or thin matrices beside
 * them. What a loss adds (a head) always is.
 */
export type ParameterChoice =
  'all' | { readonly lastLayers: number } | { readonly names: readonly string[] } | { readonly lora: LowRankOptions };

export interface TrainingGraphOptions {
  readonly loss: Loss;
  readonly parameters: ParameterChoice;
  readonly dropout?: DropoutOptions;
  /** The value `[batch, tokens, hidden]` that training begins with; default: last_hidden_state, or the first output. */
  readonly output?: string;
}

/** Something that a run must be given. A text in the shape names a size that is known only then. */
export interface FeedDescription {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
  /** Of masks: the share that is left out. See fillDropoutMask. */
  readonly dropout?: number;
}

/** A weight that is trained: an input of the training graph, whose gradient is an output. */
export interface TrainableParameter {
  /** The initializer's in the model; `head.weight` and `head.bias` of what was added. */
  readonly name: string;
  readonly dims: readonly number[];
  /** As the model has it; a copy that can be changed in place and fed without another. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Whether the loss added it (a head, a decoder): it is none of the encoder's. */
  readonly added: boolean;
  /** Whether weight decay holds: not for biases and gains. */
  readonly decays: boolean;
  /**
   * Names of outputs: of the whole gradient `[...dims]`; or, of word embeddings, of the gradients of the rows that were
   * read `[count, columns]` and of their ids `[count]` (int64), which may repeat.
   */
  readonly gradient: { readonly dense: string } | { readonly rows: string; readonly ids: string };
}

export interface TrainingGraph {
  /** From feeds and parameters to loss, logits and gradients. */
  readonly model: ModelProto;
  /** The same without gradients, to measure a loss on held-out texts. */
  readonly evaluation: ModelProto;
  /** What a run is given besides the parameters. */
  readonly feeds: readonly FeedDescription[];
  readonly parameters: readonly TrainableParameter[];
  /** Names of outputs: the loss, a scalar, and what it was computed from. */
  readonly loss: string;
  readonly logits: string;
  /** Output of the evaluation, `[batch, hidden]`: the vector of each text; absent where the loss has none. */
  readonly pooled?: string;
  /** Weights that thin matrices are trained beside: see mergeLowRank. */
  readonly lowRank: readonly LowRankPair[];
}

/**
 * Turns an inference model of an encoder into a graph that computes a loss and its gradients, made of operators that a
 * plain ONNX Runtime has. Parameters are inputs, so that a training loop keeps them and feeds them without a copy. The
 * model itself is not changed.
 * @throws NotTrainableError if the model has no float32 weights, an operator without a gradient or too few layers
 * @throws OnnxFormatError if the model has no graph, or a damaged one
 */
export async function buildTrainingGraph(model: ModelProto, options: TrainingGraphOptions): Promise<TrainingGraph> {
  const output = options.output ?? encoderOutput(model);
  const prepared = prepareTraining(model, output);
  const graph = prepared.graph!;
  const lowRank = lowRankOf(prepared, options.parameters);
  const chosen =
    lowRank.length > 0
      ? lowRank.flatMap(({ a, b }) => [a, b])
      : chooseParameters(new GraphIndex(graph), output, options.parameters);
  const tables = embeddingTables(graph);
  const inputs = graph.input.map(describeInput);

  const write = new GraphWriter(prepared, 'training');
  const added = writeLoss(write, output, hiddenSize(graph, output), options.loss);
  importDomain(prepared, microsoft, 1);
  const wanted = [...chosen, ...added.parameters];
  graph.output = [describe(added.loss, 'float32', []), { name: added.logits, metadataProps: [] }];
  graph.input.push(...added.feeds.map(({ name, type, dims }) => describe(name, type, dims)));

  const shapes = await valueShapes(prepared, probeBatches(inputs, added.feeds));
  const evaluation = withOwnNodes(prepared);
  const masks = addDropout(prepared, shapes, options.dropout ?? {}, added.pooled);
  graph.input.push(...masks.map(({ name, type, dims }) => describe(name, type, dims)));
  const byRows = new Set(wanted.filter((name) => tables.has(name)));
  const back = new Backward(prepared, shapes, wanted, { byRows });
  const gradients = back.run(new Map([[added.loss, { value: back.write.float(1), scale: 1 }]]));

  const parameters = wanted.flatMap((name) =>
    parameterOf(graph, name, gradients.get(name), added.parameters.includes(name)),
  );
  if (parameters.length === 0)
    throw new NotTrainableError('Nothing is left to train: the loss depends on no weight that was chosen.');
  liftParameters(graph, parameters);
  liftParameters(evaluation.graph!, parameters);
  const outputs = new Set(parameters.flatMap(({ gradient }) => Object.values(gradient) as string[]));
  graph.output.push(...[...outputs].map((name) => ({ name, metadataProps: [] })));
  evaluation.graph!.output = graph.output.slice(0, 2);
  if (added.pooled !== undefined) evaluation.graph!.output.push({ name: added.pooled, metadataProps: [] });
  removeUnused(graph);
  removeUnused(evaluation.graph!);
  return {
    model: prepared,
    evaluation,
    feeds: [...inputs, ...added.feeds, ...masks],
    parameters,
    loss: added.loss,
    logits: added.logits,
    ...(added.pooled !== undefined && { pooled: added.pooled }),
    lowRank,
  };
}

function encoderOutput(model: ModelProto): string {
  const names = model.graph?.output.map(({ name }) => name ?? '') ?? [];
  // Sentence Transformers export both: the states of tokens are what training begins with.
  return ['last_hidden_state', 'token_embeddings'].find((name) => names.includes(name)) ?? names[0] ?? '';
}

function lowRankOf(model: ModelProto, choice: ParameterChoice): LowRankPair[] {
  if (typeof choice !== 'object' || !('lora' in choice)) return [];
  importDomain(model, microsoft, 1);
  return addLowRank(model, choice.lora);
}

function chooseParameters(index: GraphIndex, output: string, choice: ParameterChoice): string[] {
  if (choice === 'all') return findParameters(index);
  if ('lastLayers' in choice) {
    if (!Number.isInteger(choice.lastLayers) || choice.lastLayers < 0)
      throw new NotTrainableError(`The number of last layers to train is 0 or more; got ${choice.lastLayers}.`);
    return choice.lastLayers === 0 ? [] : ofLastLayers(index, findParameters(index), output, choice.lastLayers);
  }
  const names = 'names' in choice ? choice.names : [];
  for (const name of names)
    if (index.initializer(name)?.dataType !== elementTypes.float32 || index.readersOf(name).length === 0)
      throw new NotTrainableError(`The model has no float32 weight "${name}" that its output depends on.`);
  return [...names];
}

/** Tables that rows are gathered from by what a run is given: a step reads few of their rows. */
function embeddingTables(graph: GraphProto): Set<string> {
  const inputs = new Set(graph.input.map(({ name }) => name ?? ''));
  const gathers = graph.node.filter(({ opType, input }) => opType === 'Gather' && inputs.has(input[1]));
  const rows = new Map(graph.initializer.map(({ name, dims }) => [name ?? '', Number(dims[0] ?? 0)]));
  return new Set(gathers.map(({ input }) => input[0]).filter((table) => (rows.get(table) ?? 0) > smallTable));
}

/** Smaller tables (token types, positions) are not worth the trouble of rows. */
const smallTable = 1024;

/** Components of a value, from its declaration or the normalisation that gives it. */
function hiddenSize(graph: GraphProto, output: string): number {
  const declared = graph.output.find(({ name }) => name === output)?.type?.tensorType?.shape?.dim.at(-1)?.dimValue;
  if (declared) return Number(declared);
  const norm = graph.node.find((node) => node.opType === 'LayerNormalization' && node.output[0] === output);
  const gain = graph.initializer.find(({ name }) => name === norm?.input[1]);
  if (gain !== undefined) return Number(gain.dims[0]);
  throw new NotTrainableError(`The model does not say how many components its output "${output}" has.`);
}

const typeOf = (elementType: number): ElementType =>
  (Object.keys(elementTypes) as ElementType[]).find((name) => elementTypes[name] === elementType) ?? 'float32';

function describeInput({ name, type }: ValueInfoProto): FeedDescription {
  const dims = type?.tensorType?.shape?.dim ?? [];
  if (dims.some(({ dimValue }) => Number(dimValue ?? 0) > 0))
    throw new NotTrainableError(
      `The input "${name ?? ''}" has a fixed size: export the model again with batches and lengths of any size.`,
    );
  const names = ['batch', 'seq'];
  return {
    name: name ?? '',
    type: typeOf(Number(type?.tensorType?.elemType)),
    dims: dims.map((_, i) => names[i] ?? `size_${i}`),
  };
}

function describe(name: string, type: ElementType, dims: readonly (number | string)[]): ValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } }, metadataProps: [] };
}

/** Two batches in which every size that a run may change differs. */
function probeBatches(inputs: readonly FeedDescription[], added: readonly FeedDescription[]): Feeds[] {
  return [
    { batch: 2, seq: 3, masked: 4, other: 6 },
    { batch: 3, seq: 5, masked: 7, other: 8 },
  ].map((sizes) =>
    Object.fromEntries(
      [...inputs, ...added].map((feed) => {
        const dims = feed.dims.map((size) =>
          typeof size === 'number' ? size : ((sizes as Record<string, number>)[size] ?? sizes.other),
        );
        return [feed.name, { type: feed.type as 'float32', dims, values: probeValues(feed.name, dims) }];
      }),
    ),
  );
}

function probeValues(name: string, dims: readonly number[]): number[] {
  const value = (i: number): number => {
    if (name === 'position_ids') return i % dims[dims.length - 1];
    return name === 'token_type_ids' ? 0 : 1;
  };
  return Array.from({ length: elementCount(dims) }, (_, i) => value(i));
}

function parameterOf(
  graph: GraphProto,
  name: string,
  gradient: ParameterGradient,
  added: boolean,
): TrainableParameter[] {
  // What the output does not depend on cannot be trained.
  if (gradient === undefined) return [];
  const tensor = graph.initializer.find((one) => one.name === name)!;
  const dims = tensor.dims.map(Number);
  const values = tensorValues(tensor) as Float32Array<ArrayBuffer>;
  return [{ name, dims, values, added, decays: dims.filter((size) => size > 1).length > 1, gradient }];
}

/** Makes inputs of trained initializers. */
function liftParameters(graph: GraphProto, parameters: readonly TrainableParameter[]): void {
  const lifted = new Set(parameters.map(({ name }) => name));
  graph.initializer = graph.initializer.filter(({ name }) => !lifted.has(name ?? ''));
  graph.input = [...graph.input, ...parameters.map(({ name, dims }) => describe(name, 'float32', dims))];
}

function withOwnNodes(model: ModelProto): ModelProto {
  const graph = model.graph!;
  const node = graph.node.map((one) => ({ ...one, input: [...one.input], output: [...one.output] }));
  return { ...model, graph: { ...graph, node, initializer: [...graph.initializer], input: [...graph.input] } };
}
