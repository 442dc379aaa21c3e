import { float, int, ints } from './graph-builder.js';
import { AttentionFinder, type Attention } from './find-attention.js';
import { attribute, GraphIndex, isOperator, replaceNode } from './graph-index.js';
import type { ModelProto, NodeProto } from './model.js';
import { importDomain, makeNode, microsoft, opsetOf } from './nodes.js';
import { probeGraph, type ProbeBatch } from './probe-graph.js';
import { makeTensor } from './tensor.js';
import { ValueNames } from './value-names.js';

/** Two batches of different sizes: what holds for both is no coincidence of sizes. */
const batches: readonly ProbeBatch[] = [
  { texts: 2, tokens: 3, attentionMask: [1, 1, 0, 1, 0, 0] },
  { texts: 5, tokens: 2, attentionMask: [1, 1, 1, 0, 1, 1, 1, 0, 0, 0] },
];

/**
 * Replaces multi-head attention spelt out (Vaswani et al. 2017, arXiv:1706.03762), softmax(q k^T / sqrt(size) + mask) v
 * with its reshapes and transpositions, by ONNX Runtime's one operator MultiHeadAttention. Projections stay products of
 * their own, so that int8 finds them.
 *
 * It saves half of the nodes, and the copies that transpositions make. One thread, AVX-512, ONNX Runtime 1.30,
 * milliseconds a batch before and after (texts x tokens; 4 layers of 256 | 6 layers of 384):
 *
 *              1 x 12       32 x 16      4 x 128      2 x 256
 *     float32  1.04 > 0.97  36.1 > 36.0  37.7 > 37.7  40.4 > 40.2 | 4.50 > 4.41  111 > 112  121 > 119  135 > 129
 *     int8     0.43 > 0.39  12.5 > 12.6  15.2 > 15.3  18.3 > 18.4 | 1.20 > 1.15  38.7 > 39.5  48.0 > 47.2  58.7 > 56.0
 *
 * One product for queries, keys and values together was no faster (its parts are copied out again), nor was giving the
 * biases to the operator. The operator Attention, which holds the weights itself, took 1 % less in float32, but leaves
 * int8 nothing to quantise. Sessions must not merge sums and normalisations, as ONNX Runtime does by itself once it
 * knows all shapes, which after this it does: that costs 10 % (SkipLayerNormFusion).
 * @returns how many were replaced
 */
export function fuseAttention(model: ModelProto): number {
  const graph = model.graph!;
  const softmaxes = graph.node.filter((node) => isOperator(node, 'Softmax') && overLastAxis(node, opsetOf(model)));
  if (softmaxes.length === 0) return 0;
  const index = new GraphIndex(graph);
  const finders = batches.map((batch) => new AttentionFinder(index, probeGraph(model, graph, batch), batch));
  const masks = new Masks(model);
  let count = 0;
  for (const softmax of softmaxes) {
    const [found, again] = finders.map((finder) => finder.find(softmax));
    if (found === undefined || again === undefined || !same(found, again)) continue;
    const { queries, keys, values, heads, scale, maskValue, last } = found;
    const inputs = [queries, keys, values, ...(maskValue === 0 ? [] : ['', '', masks.adding(maskValue)])];
    const attributes = { num_heads: int(heads), scale: float(scale) };
    replaceNode(graph, last, makeNode('MultiHeadAttention', inputs, last.output, attributes, microsoft));
    count++;
  }
  if (count > 0) importDomain(model, microsoft, 1);
  return count;
}

/**
 * What is added to scores, `[texts, 1, tokens, tokens]`, once for all layers. The operator would also take the attention
 * mask itself, which is as fast on a CPU, but not on every device.
 */
class Masks {
  private readonly names: ValueNames;
  private readonly made = new Map<number, string>();

  constructor(private readonly model: ModelProto) {
    this.names = new ValueNames(model.graph!);
  }

  /** The name of a value that is `maskValue` for padded tokens and 0 for others. */
  adding(maskValue: number): string {
    const known = this.made.get(maskValue);
    if (known !== undefined) return known;
    const graph = this.model.graph!;
    const [forKeys, forQueries, sum] = ['keys', 'queries', 'scores'].map((what) => this.names.fresh(`mask_of_${what}`));
    graph.node.unshift(
      ...this.lookUp(forKeys, Float32Array.of(maskValue, 0), [1, 2]),
      // Nothing is added for queries: this only gives the sum its shape.
      ...this.lookUp(forQueries, new Float32Array(2), [1, 3]),
      makeNode('Add', [forKeys, forQueries], [sum]),
    );
    this.made.set(maskValue, sum);
    return sum;
  }

  /** One of two numbers for each token, with new axes. */
  private lookUp(output: string, numbers: Float32Array<ArrayBuffer>, axes: number[]): NodeProto[] {
    const { initializer } = this.model.graph!;
    const [table, flat] = [this.names.fresh(`${output}_table`), this.names.fresh(`${output}_flat`)];
    initializer.push(makeTensor(table, 'float32', [2], numbers));
    const gather = makeNode('Gather', [table, 'attention_mask'], [flat], { axis: int(0) });
    if (opsetOf(this.model) < 13) return [gather, makeNode('Unsqueeze', [flat], [output], { axes: ints(axes) })];
    const added = this.names.fresh(`${output}_axes`);
    initializer.push(makeTensor(added, 'int64', [2], BigInt64Array.from(axes, BigInt)));
    return [gather, makeNode('Unsqueeze', [flat, added], [output])];
  }
}

/** Before opset 13 the axis was 1 by default, and all from it on were one. */
function overLastAxis(softmax: NodeProto, opset: number): boolean {
  const axis = Number(attribute(softmax, 'axis')?.i ?? (opset < 13 ? 1 : -1));
  return axis === -1 || axis === 3;
}

const near = (a: number, b: number) => a === b || Math.abs(a - b) <= 1e-6 * Math.abs(b);

const same = (a: Attention, b: Attention): boolean =>
  a.queries === b.queries &&
  a.keys === b.keys &&
  a.values === b.values &&
  a.heads === b.heads &&
  a.last === b.last &&
  near(a.scale, b.scale) &&
  near(a.maskValue, b.maskValue);
