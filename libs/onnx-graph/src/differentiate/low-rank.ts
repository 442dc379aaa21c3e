import { Random } from '@cairn/numerics';
import { attribute, GraphIndex, isOperator, replaceNode } from '../graph-index.js';
import type { GraphProto, ModelProto, NodeProto } from '../model.js';
import { makeNode, microsoft } from '../nodes.js';
import { makeTensor, tensorValues } from '../tensor.js';
import { ValueNames } from '../value-names.js';
import { productAttributes } from './graph-writer.js';
import { NotTrainableError } from './not-trainable.js';

/** Low-rank adaptation (LoRA, arXiv:2106.09685): weights stay, and a product of two thin matrices is trained beside them. */
export interface LowRankOptions {
  /** Columns of the first matrix and rows of the second. */
  readonly rank: number;
  /** The product counts alpha / rank. Default: rank. */
  readonly alpha?: number;
  /**
   * Parts of the names of linear layers, of their weights or biases: `query`, `layer.3`; or all linear layers.
   * Default: queries and values of attention.
   */
  readonly targets?: 'all' | readonly string[];
  /** Of the first matrices; the second ones begin with zeros. */
  readonly seed: number;
}

/** A weight that is adapted: W' = W + scale · A · B, or its transpose. */
export interface LowRankPair {
  /** Name of the weight in the model. */
  readonly weight: string;
  /** Names of the trained matrices, `[inputs, rank]` and `[rank, outputs]`. */
  readonly a: string;
  readonly b: string;
  readonly scale: number;
  /** Whether the weight is `[outputs, inputs]`. */
  readonly transposed: boolean;
}

/** What the queries and values, or all three at once, are called by those who export encoders. */
const usualTargets = /(?:^|[._/])(?:query|value|q_lin|v_lin|q_proj|v_proj|q|v|Wqkv|qkv|qkv_proj|in_proj)(?:[._/]|$)/;

/**
 * Adds the trained product to the linear layers that are meant, in place.
 * @throws NotTrainableError if there are none, or the rank is none
 */
export function addLowRank(model: ModelProto, options: LowRankOptions): LowRankPair[] {
  const { rank, alpha = rank, targets, seed } = options;
  if (!Number.isInteger(rank) || rank < 1) throw new NotTrainableError(`A rank is 1 or more; got ${rank}.`);
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  const names = new ValueNames(graph);
  const isMeant = (name: string): boolean =>
    targets === 'all' || (targets?.some((part) => name.includes(part)) ?? usualTargets.test(name));
  const pairs: LowRankPair[] = [];
  for (const node of [...graph.node]) {
    const tensor = isOperator(node, 'MatMul', 'FusedMatMul', 'Gemm') ? index.initializer(node.input[1]) : undefined;
    if (tensor?.dims.length !== 2 || attribute(node, 'transA')?.i) continue;
    if (!namesOf(index, node).some(isMeant)) continue;
    const transposed = Number(attribute(node, 'transB')?.i ?? 0) === 1;
    const [rows, columns] = tensor.dims.map(Number);
    const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
    const weight = tensor.name ?? '';
    const a = names.fresh(`${weight}.lora_a`);
    const b = names.fresh(`${weight}.lora_b`);
    graph.initializer.push(makeTensor(a, 'float32', [inputs, rank], randomMatrix(inputs, rank, seed, pairs.length)));
    graph.initializer.push(makeTensor(b, 'float32', [rank, outputs], new Float32Array(rank * outputs)));
    const pair = { weight, a, b, scale: alpha / rank, transposed };
    // What the product itself is multiplied by holds for the sum.
    const factor = Number(attribute(node, 'alpha')?.f ?? 1);
    adapt(graph, names, node, pair, factor);
    pairs.push(pair);
  }
  if (pairs.length === 0)
    throw new NotTrainableError(
      `No linear layer of the model is called ${targets === undefined ? 'like queries or values' : (targets as string[]).join(' or ')}: name parts of the names of weights.`,
    );
  return pairs;
}

/** A weight's name, that of its product, and that of its bias: exporters give a name to one or the other. */
function namesOf(index: GraphIndex, node: NodeProto): string[] {
  const reader = index.onlyReader(node.output[0]);
  const bias = reader !== undefined && isOperator(reader, 'Add') ? reader.input : [];
  return [node.name ?? '', node.output[0], node.input[1], ...(node.input[2] ? [node.input[2]] : []), ...bias].filter(
    (name) => name === node.name || name === node.output[0] || index.initializer(name) !== undefined,
  );
}

function adapt(graph: GraphProto, names: ValueNames, node: NodeProto, pair: LowRankPair, factor: number): void {
  const [y] = node.output;
  const [own, thin, low] = ['own', 'thin', 'low_rank'].map((part) => names.fresh(`${y}/${part}`));
  const second = productAttributes(false, false, pair.scale * factor);
  replaceNode(
    graph,
    node,
    { ...node, output: [own] },
    makeNode('MatMul', [node.input[0], pair.a], [thin]),
    makeNode('FusedMatMul', [thin, pair.b], [low], second, microsoft),
    makeNode('Add', [own, low], [y]),
  );
}

/** Uniform in ±1 / sqrt(inputs), as linear layers begin in PyTorch. */
function randomMatrix(inputs: number, rank: number, seed: number, stream: number): Float32Array<ArrayBuffer> {
  const random = new Random(seed, stream);
  const bound = 1 / Math.sqrt(inputs);
  return Float32Array.from({ length: inputs * rank }, () => (2 * random.uniform() - 1) * bound);
}

/**
 * The weights that adapted ones amount to, by name, for writeBack.
 * @param model the training graph, which holds the weights that training began with
 * @param values of the trained matrices, by name
 */
export function mergeLowRank(
  { model, lowRank }: { readonly model: ModelProto; readonly lowRank: readonly LowRankPair[] },
  values: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array<ArrayBuffer>> {
  const index = new GraphIndex(model.graph!);
  const merged = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { weight, a, b, scale, transposed } of lowRank) {
    const [first, second] = [values.get(a), values.get(b)];
    const tensor = index.initializer(weight);
    if (first === undefined || second === undefined || tensor === undefined)
      throw new RangeError(`There are no trained values for the weight "${weight}".`);
    const [rows, columns] = tensor.dims.map(Number);
    const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
    const rank = first.length / inputs;
    const sum = merged.get(weight) ?? (tensorValues(tensor) as Float32Array<ArrayBuffer>);
    for (let i = 0; i < inputs; i++)
      for (let j = 0; j < outputs; j++) {
        let product = 0;
        for (let k = 0; k < rank; k++) product += first[i * rank + k] * second[k * outputs + j];
        sum[transposed ? j * inputs + i : i * outputs + j] += scale * product;
      }
    merged.set(weight, sum);
  }
  return merged;
}
