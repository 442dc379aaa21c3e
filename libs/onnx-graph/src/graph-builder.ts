import {
  attributeTypes,
  elementTypes,
  encodeModel,
  type AttributeProto,
  type ElementType,
  type GraphProto,
  type ModelProto,
  type ValueInfoProto,
} from './model.js';
import { makeTensor, type TensorArray, type TensorElementType } from './tensor.js';

/** The value of an attribute, without its name. Integers and floats differ in ONNX, not in JavaScript: say which. */
export type AttributeValue = Partial<AttributeProto> & { readonly type: number };

export const int = (i: number): AttributeValue => ({ type: attributeTypes.int, i });
export const float = (f: number): AttributeValue => ({ type: attributeTypes.float, f });
export const ints = (values: number[]): AttributeValue => ({ type: attributeTypes.ints, ints: values });
export const text = (value: string): AttributeValue => ({
  type: attributeTypes.string,
  s: new TextEncoder().encode(value),
});

/** A tensor `[...dims]`, row-major, as the `value` of a Constant operator has it. */
export const tensor = (type: TensorElementType, dims: number[], values: TensorArray): AttributeValue => ({
  type: attributeTypes.tensor,
  t: makeTensor('', type, dims, values),
});

export interface NodeOptions {
  /** Name of the node; default: made from the operator's. */
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Names of what the node gives; default: one output with a name made from the operator's. */
  readonly outputs?: readonly string[];
}

/** The file format (IR version) that came with an opset, by the table of versions of the ONNX specification. */
function irVersionOf(opset: number): number {
  if (opset <= 11) return 6;
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  return opset <= 20 ? 9 : 10;
}

/** Puts a graph together, node by node, in the order of computation. Values are passed on by their names. */
export class GraphBuilder {
  private readonly graph: GraphProto;
  private readonly names = new Set<string>();

  /** @param opset version of the operator set whose operators the graph uses */
  constructor(
    name: string,
    private readonly opset = 17,
  ) {
    this.graph = { name, node: [], initializer: [], input: [], output: [], valueInfo: [], metadataProps: [] };
  }

  /** Something given at each run. A text in the shape names a dimension whose size is known only then. */
  input(name: string, type: ElementType, shape: readonly (number | string)[]): string {
    this.graph.input.push(describe(name, type, shape));
    return this.define(name);
  }

  /** A constant `[...dims]`, row-major. */
  constant(name: string, type: TensorElementType, dims: number[], values: TensorArray): string {
    this.graph.initializer.push(makeTensor(name, type, dims, values));
    return this.define(name);
  }

  /** Adds an operator; returns the names of its outputs. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string[] {
    for (const input of inputs)
      if (input !== '' && !this.names.has(input))
        throw new RangeError(`${opType} uses "${input}", which nothing has defined yet.`);
    const name = options.name ?? `${opType}_${this.graph.node.length}`;
    const output = [...(options.outputs ?? [`${name}_output`])];
    const attribute = Object.entries(options.attributes ?? {}).map(([attributeName, value]): AttributeProto => ({
      floats: [],
      ints: [],
      strings: [],
      tensors: [],
      graphs: [],
      ...value,
      name: attributeName,
    }));
    this.graph.node.push({ input: [...inputs], output, name, opType, attribute, metadataProps: [] });
    return output.map((defined) => this.define(defined));
  }

  /** Declares a value that runs give back. */
  output(name: string, type: ElementType, shape: readonly (number | string)[]): void {
    if (!this.names.has(name)) throw new RangeError(`The output "${name}" is computed by no node.`);
    this.graph.output.push(describe(name, type, shape));
  }

  model(): ModelProto {
    return {
      irVersion: irVersionOf(this.opset),
      producerName: 'cairn',
      graph: this.graph,
      opsetImport: [{ domain: '', version: this.opset }],
      metadataProps: [],
    };
  }

  /** The bytes of the model, as an ONNX Runtime session takes them. */
  bytes(): Uint8Array {
    return encodeModel(this.model());
  }

  private define(name: string): string {
    if (this.names.has(name)) throw new RangeError(`Two values have the name "${name}".`);
    this.names.add(name);
    return name;
  }
}

function describe(name: string, type: ElementType, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } }, metadataProps: [] };
}
