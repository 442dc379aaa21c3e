import type { AttributeProto, GraphProto, NodeProto, TensorProto } from './model.js';
import { isReadable, tensorValues } from './tensor.js';

/** Who computes and who reads each value of a graph: what rewriting a graph needs to know. Made anew after changes. */
export class GraphIndex {
  private readonly producers = new Map<string, NodeProto>();
  private readonly readers = new Map<string, NodeProto[]>();
  private readonly initializers = new Map<string, TensorProto>();
  private readonly outputs: ReadonlySet<string>;

  constructor(readonly graph: GraphProto) {
    for (const tensor of graph.initializer) this.initializers.set(tensor.name ?? '', tensor);
    for (const node of graph.node) {
      for (const output of node.output) this.producers.set(output, node);
      for (const input of [...node.input, ...valuesFromOutside(node)]) {
        const known = this.readers.get(input);
        if (known === undefined) this.readers.set(input, [node]);
        else known.push(node);
      }
    }
    this.outputs = new Set(graph.output.map(({ name }) => name ?? ''));
  }

  /** The node that computes a value; undefined for inputs and initializers. */
  producer(value: string): NodeProto | undefined {
    return this.producers.get(value);
  }

  /** The node that computes a value, if it is one of these operators. */
  producedBy(value: string, ...operators: readonly string[]): NodeProto | undefined {
    const node = this.producers.get(value);
    return node !== undefined && isOperator(node, ...operators) ? node : undefined;
  }

  /** The nodes that read a value. */
  readersOf(value: string): readonly NodeProto[] {
    return this.readers.get(value) ?? [];
  }

  /** The only node that reads a value; undefined if there are others or if runs give the value back. */
  onlyReader(value: string): NodeProto | undefined {
    const readers = this.readersOf(value);
    return readers.length === 1 && !this.outputs.has(value) ? readers[0] : undefined;
  }

  /** Whether runs give a value back. */
  isOutput(value: string): boolean {
    return this.outputs.has(value);
  }

  initializer(value: string): TensorProto | undefined {
    return this.initializers.get(value);
  }

  /** The number that an initializer of one element holds. */
  scalar(value: string): number | undefined {
    const tensor = this.initializers.get(value);
    if (tensor === undefined || tensor.dims.some((dim) => Number(dim) !== 1)) return undefined;
    if (!isReadable(tensor)) return undefined;
    const values = tensorValues(tensor);
    return values.length === 1 ? Number(values[0]) : undefined;
  }

  /** Of a node with two inputs, the one that is not `value`. */
  otherInput(node: NodeProto, value: string): string {
    return node.input[0] === value ? node.input[1] : node.input[0];
  }
}

/** Whether a node is one of these operators, of the standard or of ONNX Runtime; other domains may mean anything. */
export function isOperator({ opType = '', domain = '' }: NodeProto, ...operators: readonly string[]): boolean {
  return operators.includes(opType) && ['', 'ai.onnx', 'com.microsoft'].includes(domain);
}

/** An attribute of a node. */
export function attribute(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((candidate) => candidate.name === name);
}

/** Removes the nodes that nothing reads any more, and initializers likewise; what runs give back stays. */
export function removeUnused(graph: GraphProto): void {
  const needed = new Set(graph.output.map(({ name }) => name ?? ''));
  const kept: NodeProto[] = [];
  for (let i = graph.node.length - 1; i >= 0; i--) {
    const node = graph.node[i];
    if (!node.output.some((output) => needed.has(output))) continue;
    for (const input of [...node.input, ...valuesFromOutside(node)]) needed.add(input);
    kept.push(node);
  }
  graph.node = kept.reverse();
  graph.initializer = graph.initializer.filter(({ name }) => needed.has(name ?? ''));
  graph.valueInfo = graph.valueInfo.filter(({ name }) => needed.has(name ?? ''));
}

/** Values that the subgraphs of a node (If, Loop) take from outside of them. */
export function valuesFromOutside(node: NodeProto): string[] {
  const subgraphs = node.attribute.flatMap(({ g, graphs }) => [...(g === undefined ? [] : [g]), ...graphs]);
  return subgraphs.flatMap((graph) => {
    const read = [
      ...graph.node.flatMap((inner) => [...inner.input, ...valuesFromOutside(inner)]),
      ...graph.output.map(({ name }) => name ?? ''),
    ];
    const own = new Set([...graph.input, ...graph.initializer].map(({ name }) => name ?? ''));
    for (const inner of graph.node) for (const output of inner.output) own.add(output);
    return read.filter((name) => name !== '' && !own.has(name));
  });
}

/** Inserts nodes where an old one stood, which is removed: the order of computation is kept. */
export function replaceNode(graph: GraphProto, old: NodeProto, ...nodes: readonly NodeProto[]): void {
  graph.node.splice(graph.node.indexOf(old), 1, ...nodes);
}
