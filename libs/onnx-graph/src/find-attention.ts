import { attribute, isOperator, type GraphIndex } from './graph-index.js';
import type { NodeProto } from './model.js';
import type { ProbeBatch } from './probe-graph.js';
import type { Known } from './probe-rules.js';
import { broadcastDims, broadcastOrder, elementCount, transposedOrder } from './small-tensors.js';

/** Attention of several heads as it was found in a graph. */
export interface Attention {
  /** Names of `[texts, tokens, heads * size]`. */
  readonly queries: string;
  readonly keys: string;
  readonly values: string;
  readonly heads: number;
  /** Factor of the scores. */
  readonly scale: number;
  /** What is added to the score of a padded token; 0 if all tokens are looked at. */
  readonly maskValue: number;
  /** The node that gives `[texts, tokens, heads * size]`. */
  readonly last: NodeProto;
}

/** Steps between two nodes that are looked for; exporters need at most half of them. */
const longestChain = 16;
/** A number that hides any score: exp(score + it) is 0 in float32. */
const hidingScore = -5000;
const largestFloat = 3.4028234663852886e38;

const equal = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((x, i) => x === b[i]);

/** Looks for attention in a graph of which it is known what one batch gives. */
export class AttentionFinder {
  constructor(
    private readonly index: GraphIndex,
    private readonly known: ReadonlyMap<string, Known>,
    private readonly batch: ProbeBatch,
  ) {}

  /** The attention around a Softmax over scores `[texts, heads, tokens, tokens]`. */
  find(softmax: NodeProto): Attention | undefined {
    const { texts, tokens } = this.batch;
    const [input] = softmax.input;
    const dims = this.dims(input);
    if (dims.length !== 4 || dims[0] !== texts || dims[2] !== tokens || dims[3] !== tokens) return undefined;
    const heads = dims[1];
    const scores = this.scoresBehind(input, dims);
    const context = this.contextOf(softmax, heads);
    const maskValue = scores && this.maskValue(scores.added, scores.replaced, dims);
    if (scores === undefined || context === undefined || maskValue === undefined) return undefined;
    const queries = this.behindHeads(scores.product.input[0], [0, 2, 1, 3], heads);
    const keys = this.behindHeads(scores.product.input[1], [0, 2, 3, 1], heads);
    if (queries === undefined || keys === undefined) return undefined;
    // The operator and the mask made for it are float32.
    if ([queries, keys, context].some(({ value }) => this.known.get(value)?.kind !== 'float')) return undefined;
    const scale = scores.scale * queries.factor * keys.factor;
    return {
      queries: queries.value,
      keys: keys.value,
      values: context.value,
      heads,
      scale,
      maskValue,
      last: context.last,
    };
  }

  /** The product of queries and keys behind what goes into a Softmax, its factor, and what a mask does to it. */
  private scoresBehind(input: string, dims: readonly number[]) {
    const added = new Array<number>(elementCount(dims)).fill(0);
    let replaced = false;
    let scale = 1;
    let value = input;
    for (let step = 0; step < longestChain; step++) {
      const node = this.index.producedBy(value, 'MatMul', 'Add', 'Mul', 'Div', 'Where');
      if (node === undefined) return undefined;
      if (node.opType === 'MatMul') return { product: node, scale, added, replaced };
      if (node.opType === 'Mul' || node.opType === 'Div') {
        const scaled = this.scaled(node);
        if (scaled === undefined) return undefined;
        scale *= scaled.factor;
        value = scaled.value;
        continue;
      }
      const operands = node.input.map((operand) => this.numbers(operand, dims));
      const condition = node.opType === 'Where' ? operands[0] : undefined;
      if (node.opType === 'Where' && condition === undefined) return undefined;
      const scores = operands.indexOf(undefined);
      const mask = operands.findLast((operand) => operand !== undefined && operand !== condition);
      if (mask === undefined || scores < 0 || operands.lastIndexOf(undefined) !== scores) return undefined;
      for (let i = 0; i < added.length; i++)
        if (condition === undefined || (condition[i] === 0) === (scores === 1)) added[i] += scale * mask[i];
      replaced ||= condition !== undefined;
      value = node.input[scores];
    }
    return undefined;
  }

  /** The one number that is added to scores where the mask is 0, if nothing is added where it is 1. */
  private maskValue(added: readonly number[], replaced: boolean, dims: readonly number[]): number | undefined {
    const { tokens, attentionMask } = this.batch;
    const ofText = added.length / dims[0];
    const isSeen = (i: number) => attentionMask[Math.floor(i / ofText) * tokens + (i % tokens)] === 1;
    const value = added.find((_, i) => !isSeen(i)) ?? 0;
    if (!added.every((number, i) => number === (isSeen(i) ? 0 : value))) return undefined;
    if (value !== 0 && this.known.get('attention_mask')?.kind !== 'int') return undefined;
    // In the place of a score, not added to it: the same only if the score does not count beside it.
    if (replaced && value > hidingScore) return undefined;
    // Minus infinity gives NaN for a text that is all padding.
    return Math.max(value, -largestFloat);
  }

  /** What reads the weights that a Softmax gives: their product with the values, brought back to three dimensions. */
  private contextOf(softmax: NodeProto, heads: number): { value: string; last: NodeProto } | undefined {
    const { texts, tokens } = this.batch;
    const weights = this.withoutNaN(softmax.output[0]);
    let node = this.onlyReader(weights);
    const values = node && this.behindHeads(node.input[1], [0, 2, 1, 3], heads);
    if (node === undefined || !isOperator(node, 'MatMul') || node.input[0] !== weights) return undefined;
    const dims = this.dims(node.output[0]);
    if (dims.length !== 4 || values?.factor !== 1) return undefined;
    const wanted = transposedOrder(dims, [0, 2, 1, 3]);
    let order = wanted.map((_, i) => i);
    for (let step = 0; step < longestChain; step++) {
      const before = this.dims(node.output[0]);
      node = this.onlyReader(node.output[0]);
      const moved = node && this.moved(node, before);
      if (node === undefined || moved?.length !== order.length) return undefined;
      order = moved.map((i) => order[i]);
      const after = this.dims(node.output[0]);
      if (equal(after, [texts, tokens, heads * dims[3]]) && equal(order, wanted))
        return { value: values.value, last: node };
    }
    return undefined;
  }

  /** Newer exports turn the NaN that a row without any seen token has into 0. */
  private withoutNaN(weights: string): string {
    const where = this.index.readersOf(weights).find((reader) => isOperator(reader, 'Where'));
    const isNaN = where && this.index.producedBy(where.input[0], 'IsNaN');
    if (where === undefined || isNaN?.input[0] !== weights || where.input[2] !== weights) return weights;
    const others = this.index.readersOf(weights).filter((reader) => reader !== where && reader !== isNaN);
    return others.length === 0 && this.numbers(where.input[1], [])?.[0] === 0 ? where.output[0] : weights;
  }

  /**
   * The value `[texts, tokens, heads * size]` that was split into heads, and the factor it was multiplied by on the way.
   * @param perm how `[texts, tokens, heads, size]` was transposed
   */
  private behindHeads(value: string, perm: number[], heads: number): { value: string; factor: number } | undefined {
    const { texts, tokens } = this.batch;
    const size = elementCount(this.dims(value)) / (texts * tokens * heads);
    if (!Number.isInteger(size)) return undefined;
    const wanted = transposedOrder([texts, tokens, heads, size], perm);
    let order = wanted.map((_, i) => i);
    let factor = 1;
    let at = value;
    for (let step = 0; step < longestChain; step++) {
      if (equal(this.dims(at), [texts, tokens, heads * size]) && equal(order, wanted)) return { value: at, factor };
      const node = this.index.producer(at);
      const scaled = node && this.scaled(node);
      if (scaled !== undefined) {
        factor *= scaled.factor;
        at = scaled.value;
        continue;
      }
      const moved = node && this.moved(node, this.dims(node.input[0]));
      if (node === undefined || moved?.length !== order.length) return undefined;
      order = order.map((i) => moved[i]);
      [at] = node.input;
    }
    return undefined;
  }

  /** For each element that a node that only moves elements gives, which of its input's, of shape `dims`, it is. */
  private moved(node: NodeProto, dims: readonly number[]): number[] | undefined {
    if (!isOperator(node, 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Identity')) return undefined;
    if (node.opType !== 'Transpose') return Array.from({ length: elementCount(dims) }, (_, i) => i);
    const perm = attribute(node, 'perm')?.ints.map(Number);
    return perm?.length === dims.length ? transposedOrder(dims, perm) : undefined;
  }

  /** If a node multiplies or divides by one known number: what it multiplies, and by what. */
  private scaled(node: NodeProto): { value: string; factor: number } | undefined {
    if (!isOperator(node, 'Mul', 'Div')) return undefined;
    const [first, second] = node.input.map((input) => this.numbers(input, []));
    if (second !== undefined && first === undefined)
      return { value: node.input[0], factor: node.opType === 'Mul' ? second[0] : 1 / second[0] };
    if (first !== undefined && second === undefined && node.opType === 'Mul')
      return { value: node.input[1], factor: first[0] };
    return undefined;
  }

  /** The shape of a value; empty if it is not known. */
  private dims(value: string): readonly number[] {
    return this.known.get(value)?.dims ?? [];
  }

  /** The numbers of a value broadcast to `dims`; for no dimensions: the number that a value of one element holds. */
  private numbers(value: string, dims: readonly number[]): number[] | undefined {
    const known = this.known.get(value);
    if (known?.values === undefined) return undefined;
    if (dims.length === 0) return known.values.length === 1 ? [known.values[0]] : undefined;
    const shape = broadcastDims(known.dims, dims);
    if (shape === undefined || !equal(shape, dims)) return undefined;
    return broadcastOrder(known.dims, dims).map((i) => known.values![i]);
  }

  /** The only node that reads a value, but for those that ask for its shape. */
  private onlyReader(value: string): NodeProto | undefined {
    const readers = this.index.readersOf(value).filter(({ opType }) => opType !== 'Shape');
    return readers.length === 1 && !this.index.isOutput(value) ? readers[0] : undefined;
  }
}
