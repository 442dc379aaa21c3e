import { int } from './graph-builder.js';
import { attribute, GraphIndex, removeUnused, replaceNode } from './graph-index.js';
import { elementTypes, type GraphProto, type ModelProto, type NodeProto } from './model.js';
import { makeNode, opsetOf } from './nodes.js';
import { makeTensor, tensorValues } from './tensor.js';
import { dropFormerDefaults, ValueNames } from './value-names.js';

/** The first operator set with DynamicQuantizeLinear. */
const smallestOpset = 11;
/** Of float32. */
const smallestNormal = 2 ** -126;

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
 * @throws RangeError for models of operator sets before 11
 */
export function quantizeDynamic(model: ModelProto, options: QuantizeOptions = {}): Quantized {
  const { minWeights = 4096, embeddings = true, reduceRange = false } = options;
  if (opsetOf(model) < smallestOpset)
    throw new RangeError(
      `The model uses version ${opsetOf(model)} of the ONNX operators; int8 needs ${smallestOpset}: export it again with a newer one.`,
    );
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  const before = new Set(graph.initializer.map(({ name }) => name ?? ''));
  const rewriting = new Rewriting(graph, reduceRange ? 63 : 127);
  let products = 0;
  let tables = 0;
  for (const node of [...graph.node]) {
    if (node.opType === 'MatMul') {
      const weights = floatMatrix(index, node.input[1], minWeights);
      if (weights === undefined) continue;
      rewriting.replaceProduct(node, weights);
      products++;
    } else if (embeddings && node.opType === 'Gather' && index.readersOf(node.input[0]).length === 1) {
      const table = floatMatrix(index, node.input[0], minWeights);
      // Sums of several tables go into one normalisation; position and type tables are small and stay exact.
      if (table === undefined || table.rows < 2048 || Number(attribute(node, 'axis')?.i ?? 0) !== 0) continue;
      rewriting.replaceGather(node, table);
      tables++;
    }
  }
  removeUnused(graph);
  dropFormerDefaults(graph, before);
  return { products, embeddings: tables };
}

/** A constant matrix, row-major; its values are read when they are needed. */
interface ConstantMatrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly values: () => Float32Array;
}

/** The float32 matrix behind a value: a constant, or one that exporters left to be transposed. */
function floatMatrix(index: GraphIndex, name: string, minWeights: number): ConstantMatrix | undefined {
  const transpose = index.producedBy(name, 'Transpose');
  const tensor = index.initializer(transpose === undefined ? name : transpose.input[0]);
  if (tensor?.dims.length !== 2 || tensor.dataType !== elementTypes.float32) return undefined;
  const [rows, columns] = tensor.dims.map(Number);
  if (rows * columns < minWeights) return undefined;
  const values = () => tensorValues(tensor) as Float32Array;
  if (transpose === undefined) return { name, rows, columns, values };
  const order = attribute(transpose, 'perm')?.ints.join() ?? '1,0';
  if (order !== '1,0') return undefined;
  return { name, rows: columns, columns: rows, values: () => transposed(values(), rows, columns) };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j];
  return result;
}

/** Names of a quantised value and of what belongs to it. */
interface QuantizedNames {
  readonly value: string;
  readonly scale: string;
  readonly zero: string;
}

/** Puts int8 operators in the place of float32 ones; what several of them read is made once. */
class Rewriting {
  private readonly names: ValueNames;
  private readonly inputs = new Map<string, QuantizedNames>();
  private readonly weights = new Map<string, QuantizedNames>();

  /** @param limit largest magnitude of a quantised weight */
  constructor(
    private readonly graph: GraphProto,
    private readonly limit: number,
  ) {
    this.names = new ValueNames(graph);
  }

  replaceProduct(node: NodeProto, matrix: ConstantMatrix): void {
    const [x] = node.input;
    const nodes: NodeProto[] = [];
    let input = this.inputs.get(x);
    if (input === undefined) {
      input = this.namesFor(x);
      this.inputs.set(x, input);
      nodes.push(makeNode('DynamicQuantizeLinear', [x], [input.value, input.scale, input.zero]));
    }
    const weights = this.quantizedWeights(matrix);
    const [output] = node.output;
    const [sums, floats, scale] = ['int32', 'float', 'scales'].map((end) => this.names.fresh(`${output}_${end}`));
    nodes.push(
      makeNode('MatMulInteger', [input.value, weights.value, input.zero, weights.zero], [sums]),
      makeNode('Cast', [sums], [floats], { to: int(elementTypes.float32) }),
      makeNode('Mul', [input.scale, weights.scale], [scale]),
      makeNode('Mul', [floats, scale], node.output),
    );
    replaceNode(this.graph, node, ...nodes);
  }

  replaceGather(node: NodeProto, table: ConstantMatrix): void {
    const { rows, columns } = table;
    const ids = node.input[1];
    const { values, scales } = quantizeRows(table.values(), rows, columns);
    const { value, scale } = this.namesFor(table.name);
    this.graph.initializer.push(
      makeTensor(value, 'int8', [rows, columns], values),
      makeTensor(scale, 'float32', [rows, 1], scales),
    );
    const [output] = node.output;
    const [integers, floats, scaleRows] = ['int8', 'float', 'scales'].map((end) =>
      this.names.fresh(`${output}_${end}`),
    );
    replaceNode(
      this.graph,
      node,
      makeNode('Gather', [value, ids], [integers], { axis: int(0) }),
      makeNode('Cast', [integers], [floats], { to: int(elementTypes.float32) }),
      makeNode('Gather', [scale, ids], [scaleRows], { axis: int(0) }),
      makeNode('Mul', [floats, scaleRows], node.output),
    );
  }

  private quantizedWeights(matrix: ConstantMatrix): QuantizedNames {
    const known = this.weights.get(matrix.name);
    if (known !== undefined) return known;
    const { rows, columns } = matrix;
    const { values, scales } = quantizeColumns(matrix.values(), rows, columns, this.limit);
    const names = this.namesFor(matrix.name);
    this.weights.set(matrix.name, names);
    this.graph.initializer.push(
      makeTensor(names.value, 'int8', [rows, columns], values),
      makeTensor(names.scale, 'float32', [columns], scales),
      makeTensor(names.zero, 'int8', [], new Int8Array(1)),
    );
    return names;
  }

  private namesFor(value: string): QuantizedNames {
    const fresh = (end: string) => this.names.fresh(`${value}_${end}`);
    return { value: fresh('quantized'), scale: fresh('scale'), zero: fresh('zero_point') };
  }
}

/** `[rows, columns]` to int8 with one scale a column: value ~ int8 * scale. */
function quantizeColumns(weights: Float32Array, rows: number, columns: number, limit: number) {
  const scales = new Float32Array(columns);
  for (let i = 0; i < weights.length; i++) {
    const magnitude = Math.abs(weights[i]);
    if (magnitude > scales[i % columns]) scales[i % columns] = magnitude;
  }
  for (let j = 0; j < columns; j++) scales[j] = scaleFor(scales[j], limit);
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
    scales[row] = scaleFor(magnitude, 127);
    for (let i = row * columns; i < (row + 1) * columns; i++) values[i] = Math.round(table[i] / scales[row]);
  }
  return { values, scales };
}

/** Zeros need no scale. A subnormal one would be too coarse: quotients beyond the limit would wrap around. */
function scaleFor(magnitude: number, limit: number): number {
  return magnitude === 0 ? 1 : Math.max(Math.fround(magnitude / limit), smallestNormal);
}
