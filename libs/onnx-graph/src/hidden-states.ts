import { findLayers } from './find-layers.js';
import { int } from './graph-builder.js';
import { GraphIndex, valuesFromOutside } from './graph-index.js';
import { elementTypes, type GraphProto, type ModelProto } from './model.js';
import { makeNode } from './nodes.js';
import { ValueNames } from './value-names.js';

/** Name of the output that holds hidden state `layer` of `layers`: 0 is the embeddings, `layers` the last. */
export const hiddenStateName = (layer: number, layers: number): string =>
  layer === layers ? 'last_hidden_state' : `hidden_state_${layer}`;

/**
 * Makes every hidden state of a BERT-family encoder a float32 output, though exports only give the last.
 * LayerNormalization must be one operator (see fuseLayerNorms).
 *
 * @param layers n, from config.json
 * @param hidden components of a hidden state
 * @returns whether it is done; if the graph is not known to have these layers it is not changed
 */
export function exposeHiddenStates(model: ModelProto, layers: number, hidden: number): boolean {
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  const found = findLayers(index, layers, hidden);
  if (found === undefined) return false;
  const outputs = found.states.map((value, layer) => ({ value, name: hiddenStateName(layer, layers) }));
  if (!outputs.every(({ value, name }) => name === value || isFree(index, name) || holds(index, name, value)))
    return false;
  for (const { value, name } of outputs) giveBack(graph, value, name, hidden, found.elementType);
  return true;
}

function isFree(index: GraphIndex, name: string): boolean {
  const { input, initializer } = index.graph;
  const taken = [...input, ...initializer].some((value) => value.name === name);
  return !taken && index.producer(name) === undefined;
}

/** Whether an output is that value, or that value in another precision. */
function holds(index: GraphIndex, name: string, value: string): boolean {
  if (!index.isOutput(name)) return false;
  return name === value || index.producedBy(name, 'Cast', 'Identity')?.input[0] === value;
}

/** Makes a value an output under a name of its own. */
function giveBack(graph: GraphProto, value: string, name: string, hidden: number, elementType: number): void {
  const declared = graph.output.find((output) => output.name === name);
  const isDeclaredHalf = Number(declared?.type?.tensorType?.elemType) === elementTypes.float16;
  if (declared !== undefined && !isDeclaredHalf) return;
  const isHalf = elementType === elementTypes.float16;
  let state = value;
  if (isDeclaredHalf || (isHalf && value === name)) {
    // Those who run the graph read float32: what had the name gets another.
    const half = new ValueNames(graph).fresh(`${name}_float16`);
    rename(graph, name, half);
    if (value === name) state = half;
    graph.output = graph.output.filter((output) => output !== declared);
  }
  if (isHalf) graph.node.push(makeNode('Cast', [state], [name], { to: int(elementTypes.float32) }));
  else if (canBeRenamed(graph, state)) rename(graph, state, name);
  else graph.node.push(makeNode('Identity', [state], [name]));
  const dim = [{ dimParam: 'batch' }, { dimParam: 'seq' }, { dimValue: hidden }];
  const type = { tensorType: { elemType: elementTypes.float32, shape: { dim } } };
  graph.output.push({ name, type, metadataProps: [] });
}

/** Outputs keep their names, and what subgraphs read is not looked for there. */
function canBeRenamed(graph: GraphProto, value: string): boolean {
  return (
    !graph.output.some(({ name }) => name === value) &&
    !graph.node.some((node) => valuesFromOutside(node).includes(value))
  );
}

function rename(graph: GraphProto, value: string, name: string): void {
  const renamed = (given: string) => (given === value ? name : given);
  for (const node of graph.node) {
    node.input = node.input.map(renamed);
    node.output = node.output.map(renamed);
  }
  graph.valueInfo = graph.valueInfo.filter((info) => info.name !== value);
}
