import type { AttributeValue } from '../graph-builder.js';
import { float, int, ints, text } from '../graph-builder.js';
import type { GraphProto, ModelProto } from '../model.js';
import { makeNode, microsoft, opsetOf } from '../nodes.js';
import { elementCount } from '../small-tensors.js';
import { makeTensor } from '../tensor.js';
import { ValueNames } from '../value-names.js';

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Adds operators to the end of a graph. Names of what they give are made up; equal constants are shared. */
export class GraphWriter {
  private readonly names: ValueNames;
  private readonly constants = new Map<string, string>();
  private count = 0;

  readonly graph: GraphProto;
  private readonly axesAreInputs: boolean;

  /** @param prefix what the names of added values begin with */
  constructor(
    model: ModelProto,
    private readonly prefix: string,
  ) {
    this.graph = model.graph!;
    this.names = new ValueNames(this.graph);
    this.axesAreInputs = opsetOf(model) >= 18;
  }

  /** An operator with one output, whose name it returns. */
  op(opType: string, inputs: readonly string[], attributes: Attributes = {}, domain?: string): string {
    return this.ops(opType, inputs, 1, attributes, domain)[0];
  }

  /** An operator with several outputs. */
  ops(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Attributes = {},
    domain?: string,
  ): string[] {
    const given = Array.from({ length: outputs }, () => this.fresh(`${this.prefix}/${opType}_${this.count++}`));
    this.graph.node.push(makeNode(opType, inputs, given, attributes, domain));
    return given;
  }

  /** alpha · a · b of matrices and stacks of them, each transposed in its last two dimensions or not. */
  product(a: string, b: string, { transA = false, transB = false, alpha = 1 } = {}): string {
    if (!transA && !transB && alpha === 1) return this.op('MatMul', [a, b]);
    return this.op('FusedMatMul', [a, b], productAttributes(transA, transB, alpha), microsoft);
  }

  /** A float without dimensions. */
  float(value: number): string {
    return this.constant(`float ${value}`, () => makeTensor('', 'float32', [], Float32Array.of(value)));
  }

  /** A list of integers. */
  ints(...values: number[]): string {
    const list = BigInt64Array.from(values, BigInt);
    return this.constant(`ints ${values.join()}`, () => makeTensor('', 'int64', [values.length], list));
  }

  /** An integer without dimensions. */
  int(value: number): string {
    return this.constant(`int ${value}`, () => makeTensor('', 'int64', [], BigInt64Array.of(BigInt(value))));
  }

  /** Floats of a shape that is known now. */
  floats(dims: number[], value: number): string {
    const make = () => makeTensor('', 'float32', dims, new Float32Array(elementCount(dims)).fill(value));
    return this.constant(`floats ${dims.join()} ${value}`, make);
  }

  sumOver(value: string, axes: readonly number[], keepDims: boolean): string {
    const attributes: Attributes = keepDims ? {} : { keepdims: noDims };
    return this.op('ReduceSum', [value, this.ints(...axes)], attributes);
  }

  /** A reduction other than the sum, whose axes became an input later. */
  reduce(opType: string, value: string, axes: readonly number[]): string {
    if (this.axesAreInputs) return this.op(opType, [value, this.ints(...axes)], { keepdims: noDims });
    return this.op(opType, [value], { axes: ints([...axes]), keepdims: noDims });
  }

  /** The sum of all elements, without dimensions. */
  total(value: string): string {
    return this.op('ReduceSum', [value], { keepdims: noDims });
  }

  transpose(value: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i) ? value : this.op('Transpose', [value], { perm: ints([...perm]) });
  }

  /**
   * Adds rows `[count, ...]` to those of a value `[size, ...]` that their ids `[count]` name. ScatterElements goes through
   * them in order; ScatterND, on several threads, adds rows of the same id in an order that changes from run to run.
   */
  addRows(to: string, ids: string, rows: string, rank: number): string {
    const places = rank === 1 ? ids : this.op('Reshape', [ids, this.ints(-1, ...new Array<number>(rank - 1).fill(1))]);
    const everywhere = rank === 1 ? places : this.op('Expand', [places, this.op('Shape', [rows])]);
    return this.op('ScatterElements', [to, everywhere, rows], { axis: int(0), reduction: text('add') });
  }

  fresh(wanted: string): string {
    return this.names.fresh(wanted);
  }

  private constant(key: string, make: () => ReturnType<typeof makeTensor>): string {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(`${this.prefix}/${key.replaceAll(/[ ,]+/g, '_')}`);
    this.graph.initializer.push({ ...make(), name });
    this.constants.set(key, name);
    return name;
  }
}

const noDims = int(0);

export const productAttributes = (transA: boolean, transB: boolean, alpha: number): Attributes => ({
  transA: int(Number(transA)),
  transB: int(Number(transB)),
  alpha: float(alpha),
});
