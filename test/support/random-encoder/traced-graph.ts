import {
  elementTypes,
  encodeModel,
  float,
  GraphBuilder,
  int,
  ints,
  tensor,
  type AttributeValue,
  type TensorArray,
  type TensorElementType,
} from '@cairn/onnx-graph';
import type { ResolvedOptions } from './options.js';
import { stateDictName, type Weight, type Weights } from './random-weights.js';

type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * A graph written as exporters write it: every operator belongs to a module, which gives its name, and small constants
 * are Constant operators, or initializers shared by all that need the same.
 */
export class TracedGraph {
  private readonly builder: GraphBuilder;
  private readonly uses = new Map<string, number>();
  private readonly shared = new Map<string, string>();
  private readonly prefix: string;
  private numbered = 0;

  /** @param prefix the module that the encoder is in; empty if it is the model itself */
  constructor(
    private readonly options: ResolvedOptions,
    private readonly weights: Weights,
    prefix: string,
  ) {
    this.builder = new GraphBuilder('main_graph', options.opset);
    this.prefix = prefix && `/${prefix}`;
  }

  input(name: string): string {
    return this.builder.input(name, 'int64', ['batch_size', 'sequence_length']);
  }

  output(name: string, shape: (string | number)[]): void {
    this.builder.output(name, 'float32', shape);
  }

  /**
   * Adds an operator; returns the name of what it gives.
   * @param module its path with dots, relative to the encoder; from the model's root if it begins with a slash
   * @param output a name for what it gives, if it is what the model gives
   */
  op(module: string, opType: string, inputs: string[], attributes: Attributes = {}, output?: string): string {
    if (this.options.names === 'numbered') {
      const number = this.numbered++;
      return this.add(opType, inputs, attributes, `node_${opType}_${number}`, output ?? `val_${number}`);
    }
    const name = this.nameFor(module, opType);
    return this.add(opType, inputs, attributes, name, output ?? `${name}_output_0`);
  }

  /** A small constant tensor that a module needs. */
  constant(module: string, type: TensorElementType, dims: number[], values: TensorArray): string {
    if (this.options.constants === 'nodes')
      return this.op(module, 'Constant', [], { value: tensor(type, dims, values) });
    const key = `${type} [${dims.join()}] ${values.join()}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const scoped = this.options.names === 'scoped';
    const name = scoped ? `${this.nameFor(module, 'Constant')}_output_0` : `const_${this.shared.size}`;
    this.shared.set(key, name);
    return this.builder.constant(name, type, dims, values);
  }

  /** A float, without dimensions. */
  float(module: string, value: number): string {
    return this.constant(module, 'float32', [], Float32Array.of(value));
  }

  /** An integer without dimensions. */
  integer(module: string, value: number): string {
    return this.constant(module, 'int64', [], BigInt64Array.of(BigInt(value)));
  }

  /** A list of integers. */
  integers(module: string, ...values: number[]): string {
    return this.constant(module, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A weight as it is. */
  weight(name: string): string {
    return this.initializer(stateDictName(this.options, name), name);
  }

  /** `x · Wᵀ + b` over the last dimension, as a linear map of three-dimensional input is exported. */
  linear(module: string, x: string): string {
    const { dims, values } = this.found(`${module}.weight`);
    const [to, from] = dims;
    const transposed = new Float32Array(values.length);
    for (let i = 0; i < to; i++) for (let j = 0; j < from; j++) transposed[j * to + i] = values[i * from + j];
    const name = this.options.names === 'scoped' ? `onnx::MatMul_${this.uses.size + 1000}` : `val_${this.numbered++}`;
    const matrix = this.builder.constant(name, 'float32', [from, to], transposed);
    const bias = this.weight(`${module}.bias`);
    return this.op(module, 'Add', [bias, this.op(module, 'MatMul', [x, matrix])]);
  }

  /** `x · Wᵀ + b` of a matrix, as a linear map of two-dimensional input is exported. */
  gemm(module: string, x: string, output?: string): string {
    const name = stateDictName(this.options, `${module}.weight`);
    // The path in front of the operator's name is that of the weight: heads lie outside the encoder.
    const path = `/${name.slice(0, -'.weight'.length)}`;
    const inputs = [x, this.initializer(name, `${module}.weight`), this.weight(`${module}.bias`)];
    return this.op(path, 'Gemm', inputs, { alpha: float(1), beta: float(1), transB: int(1) }, output);
  }

  /** One dimension of the shape of `x`, without dimensions. */
  dimension(module: string, x: string, axis: number): string {
    const shape = this.op(module, 'Shape', [x]);
    return this.op(module, 'Gather', [shape, this.integer(module, axis)], { axis: int(0) });
  }

  unsqueeze(module: string, x: string, axis: number): string {
    if (this.options.opset < 13) return this.op(module, 'Unsqueeze', [x], { axes: ints([axis]) });
    return this.op(module, 'Unsqueeze', [x, this.integers(module, axis)]);
  }

  /** A shape from sizes: numbers, and names of sizes without dimensions. */
  shape(module: string, ...sizes: (number | string)[]): string {
    const parts = sizes.map((size) =>
      typeof size === 'number' ? this.integers(module, size) : this.unsqueeze(module, size, 0),
    );
    return this.op(module, 'Concat', parts, { axis: int(0) });
  }

  reshape(module: string, x: string, shape: string): string {
    return this.op(module, 'Reshape', [x, shape], this.options.opset < 14 ? {} : { allowzero: int(0) });
  }

  cast(module: string, x: string, to: keyof typeof elementTypes): string {
    return this.op(module, 'Cast', [x], { to: int(elementTypes[to]) });
  }

  /** The first `count` columns (a size without dimensions) of a constant `[1, columns]` that is kept beside the weights. */
  slicedBuffer(module: string, buffer: string, values: BigInt64Array<ArrayBuffer>, count: string): string {
    const dims = [1, values.length];
    const whole =
      this.options.constants === 'nodes'
        ? this.constant(module, 'int64', dims, values)
        : this.builder.constant(stateDictName(this.options, buffer), 'int64', dims, values);
    const [axis, start] = [this.integers(module, 1), this.integers(module, 0)];
    const end = this.unsqueeze(module, count, 0);
    return this.op(module, 'Slice', [whole, start, end, axis, this.integers(module, 1)]);
  }

  /** Tensor.expand: a size of −1 would mean "as it is", which exporters check at run time. */
  expand(module: string, x: string, sizes: string): string {
    const shape = this.reshape(module, sizes, this.integers(module, -1));
    const one = { value: tensor('int64', [1], BigInt64Array.of(1n)) };
    const ones = this.op(module, 'ConstantOfShape', [this.op(module, 'Shape', [shape])], one);
    const minusOnes = this.op(module, 'Mul', [ones, this.integer(module, -1)]);
    const equal = this.op(module, 'Equal', [shape, minusOnes]);
    return this.op(module, 'Expand', [x, this.op(module, 'Where', [equal, ones, shape])]);
  }

  bytes(): Uint8Array {
    const { names } = this.options;
    const producerVersion = names === 'scoped' ? '2.1.0' : '2.9.0';
    return encodeModel({ ...this.builder.model(), producerName: 'pytorch', producerVersion });
  }

  private add(opType: string, inputs: string[], attributes: Attributes, name: string, output: string): string {
    return this.builder.node(opType, inputs, { attributes, name, outputs: [output] })[0];
  }

  private initializer(name: string, weight: string): string {
    const { dims, values } = this.found(weight);
    return this.builder.constant(name, 'float32', dims, values);
  }

  private found(name: string): Weight {
    const weight = this.weights.get(name);
    if (weight === undefined) throw new RangeError(`There is no weight "${name}".`);
    return weight;
  }

  /** /encoder/layer.0/output/Add, and /encoder/layer.0/output/Add_1 for the second of its kind in its module. */
  private nameFor(module: string, opType: string): string {
    // "layer.0" is one module in the names of operators, though two steps in the names of weights.
    const path = module.replaceAll(/\.(?!\d)/g, '/');
    const scope = path.startsWith('/') ? path : `${this.prefix}${path && `/${path}`}`;
    const name = `${scope}/${opType}`;
    const use = this.uses.get(name) ?? 0;
    this.uses.set(name, use + 1);
    return use === 0 ? name : `${name}_${use}`;
  }
}
