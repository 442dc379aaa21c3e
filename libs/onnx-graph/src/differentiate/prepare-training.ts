import { checkedGraph } from '../check-graph.js';
import { hoistConstants } from '../constants.js';
import { fuseGelus } from '../fuse-gelu.js';
import { fuseLayerNorms } from '../fuse-layer-norm.js';
import { isOperator, removeUnused } from '../graph-index.js';
import { elementTypes, type GraphProto, type ModelProto } from '../model.js';
import { elementCount } from '../small-tensors.js';
import { convertOpset } from './convert-opset.js';
import { foldTransposes } from './fold-transposes.js';
import { NotTrainableError } from './not-trainable.js';

/**
 * A copy of an inference model whose graph is ready to be differentiated: no constants as nodes, LayerNormalization and
 * Gelu whole (their gradients take fewer passes), operators of version 17 or newer, without dropout. Weights are shared
 * with the model and keep their names.
 * @param output the value that training begins with; what it does not need is left out
 * @throws NotTrainableError for models with float16 or quantised weights, and of operator sets before 11
 */
export function prepareTraining(model: ModelProto, output: string): ModelProto {
  const copy = copied(model);
  const graph = checkedGraph(copy);
  if (![...graph.node.flatMap((node) => node.output), ...graph.input.map(({ name }) => name)].includes(output))
    throw new NotTrainableError(`The model has no value "${output}".`);
  refuseNarrowWeights(graph);
  separateTied(graph);
  const declared = graph.output.find(({ name }) => name === output);
  graph.output = [declared ?? { name: output, metadataProps: [] }];
  hoistConstants(graph);
  const given = new Set(graph.initializer.map(({ name }) => name));
  graph.input = graph.input.filter(({ name }) => !given.has(name));
  dropDropout(graph);
  removeUnused(graph);
  convertOpset(copy);
  fuseLayerNorms(copy);
  fuseGelus(copy);
  removeUnused(graph);
  foldTransposes(copy);
  return copy;
}

/** A model whose graph can be rewritten without changing the first one's; tensors are shared. */
function copied(model: ModelProto): ModelProto {
  const { graph } = model;
  if (graph === undefined) return model;
  const node = graph.node.map((one) => ({
    ...one,
    input: [...one.input],
    output: [...one.output],
    attribute: [...one.attribute],
  }));
  const lists = { initializer: [...graph.initializer], input: [...graph.input], output: [...graph.output] };
  return { ...model, opsetImport: [...model.opsetImport], graph: { ...graph, ...lists, node, valueInfo: [] } };
}

const quantised = [
  ...['DequantizeLinear', 'QuantizeLinear', 'DynamicQuantizeLinear', 'MatMulInteger', 'QLinearMatMul', 'MatMulNBits'],
  ...['QGemm', 'QAttention', 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat', 'QEmbedLayerNormalization'],
];

function refuseNarrowWeights(graph: GraphProto): void {
  const advice = 'Train the float32 model (usually onnx/model.onnx), and make the small form of the result.';
  const node = graph.node.find((one) => isOperator(one, ...quantised));
  if (node !== undefined)
    throw new NotTrainableError(
      `The model is quantised (${node.opType}, node "${node.name ?? node.output[0]}"), and has no weights to train. ${advice}`,
      node.opType,
      node.name,
    );
  const narrow = graph.initializer.find(
    ({ dataType, dims }) => dataType === elementTypes.float16 && elementCount(dims.map(Number)) > 1,
  );
  if (narrow !== undefined)
    throw new NotTrainableError(
      `The weights of the model are float16 ("${narrow.name ?? ''}"), too coarse for the small steps of training. ${advice}`,
    );
}

/** Exporters store equal weights once; trained, each goes its own way. */
function separateTied(graph: GraphProto): void {
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]));
  graph.node = graph.node.filter((node) => {
    const tensor = isOperator(node, 'Identity') ? weights.get(node.input[0]) : undefined;
    if (tensor?.dataType !== elementTypes.float32 || elementCount(tensor.dims.map(Number)) < 2) return true;
    graph.initializer.push({ ...tensor, name: node.output[0] });
    return false;
  });
}

/** In an inference model Dropout passes on what it is given. */
function dropDropout(graph: GraphProto): void {
  const renamed = new Map<string, string>();
  const outputs = new Set(graph.output.map(({ name }) => name ?? ''));
  graph.node = graph.node.filter((node) => {
    node.input = node.input.map((input) => renamed.get(input) ?? input);
    if (!isOperator(node, 'Dropout') || outputs.has(node.output[0])) return true;
    renamed.set(node.output[0], node.input[0]);
    return false;
  });
}
