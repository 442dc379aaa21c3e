import { int } from './graph-builder.js';
import { GraphIndex, removeUnused, replaceNode } from './graph-index.js';
import { elementTypes, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from './model.js';
import { makeNode } from './nodes.js';
import { makeTensor, tensorValues } from './tensor.js';

export interface QuantizeOptions {
  /** Products with fewer weights stay float32: they cost next to nothing. */
  readonly minWeights?: number;
  /** Also store token embeddings as int8, one scale a row. */
  readonly embeddings?: boolean;
  /**
   * Weights in 7 bits instead of 8. Processors without VNNI add pairs of products in 16 bits, which 8-bit weights can
   * overflow; those with VNNI (and ARM) lose accuracy for nothing.
   */
  readonly reduceRange?: boolean;
}

export interface Quantized {
  /** Products of activations with int8 weights. */
  readonly products: number;
  readonly embeddings: number;
}

/**
 * Turns products with constant weights into int8 products, in place: weights symmetric, one scale for each output
 * channel; activations to uint8 at run time, one scale for each product (dynamic quantisation; Jacob et al. 2018,
 * arXiv:1712.05877). Written with the standard operators DynamicQuantizeLinear, MatMulInteger, Cast and Mul, so that any
 * runtime takes the file; ONNX Runtime makes one operator of them when it loads it.
 */
export function quantizeDynamic(model: ModelProto, options: QuantizeOptions = {}): Quantized {
  const { minWeights = 4096, embeddings = true, reduceRange = false } = options;
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  const quantizedInputs = new Map<string, { value: string; scale: string; zero: string }>();
  const limit = reduceRange ? 63 : 127;
  let products = 0;
  let tables = 0;
  for (const node of [...graph.node]) {
    if (node.opType === 'MatMul') {
      const weights = floatMatrix(index, node.input[1], minWeights);
      if (weights === undefined) continue;
      replaceProduct(graph, node, weights, quantizedInputs, limit);
      products++;
    } else if (embeddings && node.opType === 'Gather' && index.readersOf(node.input[0]).length === 1) {
      const table = floatMatrix(index, node.input[0], minWeights);
      // Sums of several tables go into one normalisation; position and type tables are small and stay exact.
      if (table === undefined || Number(table.dims[0]) < 2048) continue;
      replaceGather(graph, node, table);
      tables++;
    }
  }
  removeUnused(graph);
  return { products, embeddings: tables };
}

function floatMatrix(index: GraphIndex, name: string, minWeights: number): TensorProto | undefined {
  const tensor = index.initializer(name);
  if (tensor?.dims.length !== 2 || tensor.dataType !== elementTypes.float32) return undefined;
  return Number(tensor.dims[0]) * Number(tensor.dims[1]) >= minWeights ? tensor : undefined;
}

function replaceProduct(
  graph: GraphProto,
  node: NodeProto,
  weights: TensorProto,
  inputs: Map<string, { value: string; scale: string; zero: string }>,
  limit: number,
): void {
  const [x, name] = node.input;
  const [rows, columns] = weights.dims.map(Number);
  const { values, scales } = quantizeColumns(tensorValues(weights) as Float32Array, rows, columns, limit);
  const nodes: NodeProto[] = [];
  let input = inputs.get(x);
  if (input === undefined) {
    input = { value: `${x}_quantized`, scale: `${x}_scale`, zero: `${x}_zero_point` };
    inputs.set(x, input);
    nodes.push(makeNode('DynamicQuantizeLinear', [x], [input.value, input.scale, input.zero]));
  }
  const prefix = node.output[0];
  addOnce(graph, makeTensor(`${name}_quantized`, 'int8', [rows, columns], values));
  addOnce(graph, makeTensor(`${name}_scale`, 'float32', [columns], scales));
  addOnce(graph, makeTensor(`${name}_zero_point`, 'int8', [], new Int8Array(1)));
  const [sums, floats, scale] = [`${prefix}_int32`, `${prefix}_float`, `${prefix}_scale`];
  nodes.push(
    makeNode('MatMulInteger', [input.value, `${name}_quantized`, input.zero, `${name}_zero_point`], [sums]),
    makeNode('Cast', [sums], [floats], { to: int(elementTypes.float32) }),
    makeNode('Mul', [input.scale, `${name}_scale`], [scale]),
    makeNode('Mul', [floats, scale], node.output),
  );
  replaceNode(graph, node, ...nodes);
}

function replaceGather(graph: GraphProto, node: NodeProto, table: TensorProto): void {
  const [name, ids] = node.input;
  const [rows, columns] = table.dims.map(Number);
  const { values, scales } = quantizeRows(tensorValues(table) as Float32Array, rows, columns);
  graph.initializer.push(
    makeTensor(`${name}_quantized`, 'int8', [rows, columns], values),
    makeTensor(`${name}_scale`, 'float32', [rows, 1], scales),
  );
  const prefix = node.output[0];
  replaceNode(
    graph,
    node,
    makeNode('Gather', [`${name}_quantized`, ids], [`${prefix}_int8`], { axis: int(0) }),
    makeNode('Cast', [`${prefix}_int8`], [`${prefix}_float`], { to: int(elementTypes.float32) }),
    makeNode('Gather', [`${name}_scale`, ids], [`${prefix}_scale`], { axis: int(0) }),
    makeNode('Mul', [`${prefix}_float`, `${prefix}_scale`], node.output),
  );
}

function addOnce(graph: GraphProto, tensor: TensorProto): void {
  if (!graph.initializer.some(({ name }) => name === tensor.name)) graph.initializer.push(tensor);
}

/** `[rows, columns]` to int8 with one scale a column: value ~ int8 * scale. */
function quantizeColumns(weights: Float32Array, rows: number, columns: number, limit: number) {
  const scales = new Float32Array(columns);
  for (let i = 0; i < weights.length; i++) {
    const magnitude = Math.abs(weights[i]);
    if (magnitude > scales[i % columns]) scales[i % columns] = magnitude;
  }
  for (let j = 0; j < columns; j++) scales[j] = scales[j] === 0 ? 1 : scales[j] / limit;
  const values = new Int8Array(rows * columns);
  for (let i = 0; i < weights.length; i++) values[i] = Math.round(weights[i] / scales[i % columns]);
  return { values, scales };
}

/** `[rows, columns]` to int8 with one scale a row. */
function quantizeRows(table: Float32Array, rows: number, columns: number) {
  const scales = new Float32Array(rows);
  const values = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    let magnitude = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) magnitude = Math.max(magnitude, Math.abs(table[i]));
    const scale = magnitude === 0 ? 1 : magnitude / 127;
    scales[row] = scale;
    for (let i = row * columns; i < (row + 1) * columns; i++) values[i] = Math.round(table[i] / scale);
  }
  return { values, scales };
}
