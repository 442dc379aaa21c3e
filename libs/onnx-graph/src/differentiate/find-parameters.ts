import { findLayers } from '../find-layers.js';
import { attribute, GraphIndex, isOperator } from '../graph-index.js';
import { elementTypes, type NodeProto, type TensorProto } from '../model.js';
import { elementCount } from '../small-tensors.js';
import { tensorValues } from '../tensor.js';
import { NotTrainableError } from './not-trainable.js';

/**
 * Names of the weights of an encoder: matrices of products, tables that rows are gathered from, gains and biases. What
 * only turns positions into angles (rotary embeddings) is none.
 */
export function findParameters(index: GraphIndex): string[] {
  const toAngles = leadingToAngles(index);
  return index.graph.initializer
    .filter((tensor) => tensor.dataType === elementTypes.float32 && elementCount(tensor.dims.map(Number)) > 1)
    .filter((tensor) => !toAngles.has(tensor.name ?? '') && !isRotaryTable(tensor))
    .map(({ name }) => name ?? '')
    .filter((name) => index.readersOf(name).some((node) => isWeightOf(index, node, name)));
}

function isWeightOf(index: GraphIndex, node: NodeProto, name: string): boolean {
  const rank = index.initializer(name)?.dims.length ?? 0;
  // With four axes it is a mask that an exporter kept as a table.
  if (rank > 3) return false;
  if (isOperator(node, 'MatMul', 'FusedMatMul', 'Gemm')) return rank === 2 || node.input[2] === name;
  if (isOperator(node, 'Gather'))
    return rank === 2 && node.input[0] === name && Number(attribute(node, 'axis')?.i ?? 0) === 0;
  if (isOperator(node, 'LayerNormalization', 'SimplifiedLayerNormalization')) return node.input[0] !== name;
  if (isOperator(node, 'Add', 'Mul', 'Sub', 'Div', 'BiasGelu', 'FastGelu')) return isRow(index.initializer(name)!);
  // Behind a change of shape it is what it is there.
  if (isOperator(node, 'Transpose', 'Reshape', 'Unsqueeze', 'Squeeze', 'Identity', 'Slice'))
    return node.input[0] === name;
  return false;
}

/** A list, or one with axes of size 1 before it. */
const isRow = ({ dims }: TensorProto): boolean =>
  dims.length > 0 && dims.slice(0, -1).every((size) => Number(size) === 1);

/** Values that a sine or cosine is computed from. */
function leadingToAngles(index: GraphIndex): Set<string> {
  const found = new Set<string>();
  for (const node of [...index.graph.node].reverse())
    if (isOperator(node, 'Cos', 'Sin') || node.output.some((output) => found.has(output)))
      for (const input of node.input) found.add(input);
  return found;
}

/** Cosines or sines of positions times frequencies, of which the first is 1: row 0 is all ones or zeros. */
function isRotaryTable(tensor: TensorProto): boolean {
  const [rows, columns] = tensor.dims.map(Number);
  if (tensor.dims.length !== 2 || rows < 2 || columns > 512 || tensor.externalData.length > 0) return false;
  if (elementCount([rows, columns]) > 2 ** 24) return false;
  const values = tensorValues(tensor) as Float32Array;
  const [first, second] = [values.subarray(0, columns), values[columns]];
  const starts = (value: number, next: number) => first.every((one) => one === value) && Math.abs(second - next) < 1e-3;
  return starts(1, Math.cos(1)) || starts(0, Math.sin(1));
}

/**
 * Of the parameters, those of the last layers of an encoder, and of what comes behind them.
 * @throws NotTrainableError if the layers cannot be told, or are fewer
 */
export function ofLastLayers(
  index: GraphIndex,
  parameters: readonly string[],
  output: string,
  count: number,
): string[] {
  const states = hiddenStates(index);
  const chosen = states === undefined ? byNames(index, parameters, count) : beyond(index, output, states, count);
  return parameters.filter((name) => chosen.has(name));
}

/** The hidden states of an encoder whose number of layers nobody has said. */
function hiddenStates(index: GraphIndex): readonly string[] | undefined {
  const norms = index.graph.node.filter((node) => isOperator(node, 'LayerNormalization'));
  const hidden = Number(index.initializer(norms.at(-1)?.input[1] ?? '')?.dims[0] ?? 0);
  for (let layers = norms.length >> 1; layers > 0; layers--) {
    const found = findLayers(index, layers, hidden);
    if (found !== undefined) return found.states;
  }
  return undefined;
}

/** What the output is computed from, without going back behind the state that the last layers begin with. */
function beyond(index: GraphIndex, output: string, states: readonly string[], count: number): Set<string> {
  const layers = states.length - 1;
  if (count > layers) throw tooFew(count, layers);
  const first = states[layers - count];
  const seen = new Set([output]);
  for (const value of seen)
    if (value !== first) for (const input of index.producer(value)?.input ?? []) seen.add(input);
  return seen;
}

const tooFew = (count: number, layers: number): NotTrainableError =>
  new NotTrainableError(`The last ${count} layers are to be trained; the encoder has ${layers}.`);

const layerIn = (name: string): number | undefined => {
  const found = /(?:^|[./_])(?:layers?|blocks?|h)[./_](\d+)(?:[./_]|$)/.exec(name);
  return found === null ? undefined : Number(found[1]);
};

/** By the numbers that names of weights and operators have, and what only comes behind the first of these layers. */
function byNames(index: GraphIndex, parameters: readonly string[], count: number): Set<string> {
  const layerOf = (name: string): number | undefined =>
    layerIn(name) ??
    index
      .readersOf(name)
      .map((node) => layerIn(node.name ?? '') ?? layerIn(node.output[0]))
      .find((layer) => layer !== undefined);
  const numbered = new Map(parameters.map((name) => [name, layerOf(name)]));
  const last = Math.max(-1, ...[...numbered.values()].map((layer) => layer ?? -1));
  if (last < 0)
    throw new NotTrainableError(
      'The layers of this encoder cannot be told from its graph: train all of it, or name the weights.',
    );
  if (count > last + 1) throw tooFew(count, last + 1);
  const chosen = new Set(parameters.filter((name) => (numbered.get(name) ?? -1) > last - count));
  const behind = new Set(chosen);
  for (const node of index.graph.node)
    if (node.input.some((input) => behind.has(input))) for (const output of node.output) behind.add(output);
  for (const name of parameters)
    if (numbered.get(name) === undefined && index.readersOf(name).every((node) => behind.has(node.output[0])))
      chosen.add(name);
  return chosen;
}
