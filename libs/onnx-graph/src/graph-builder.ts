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

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Names of what the node gives; default: one output with a name made from the operator's. */
  readonly outputs?: readonly string[];
}

/** Opset whose operators a built graph may use, and the file format that goes with it. */
const opsetVersion = 17;
const irVersion = 8;

/** Puts a graph together, node by node, in the order of computation. Values are passed on by their names. */
export class GraphBuilder {
  private readonly graph: GraphProto;
  private readonly names = new Set<string>();

  constructor(name: string) {
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
    const name = `${opType}_${this.graph.node.length}`;
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
      irVersion,
      producerName: 'cairn',
      graph: this.graph,
      opsetImport: [{ domain: '', version: opsetVersion }],
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
