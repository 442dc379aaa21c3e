import { Random } from '@cairn/numerics';
import { GraphIndex, isOperator } from '../graph-index.js';
import type { GraphProto, ModelProto } from '../model.js';
import { makeNode } from '../nodes.js';
import { ValueNames } from '../value-names.js';
import type { FeedDescription } from './training-graph.js';
import type { ValueShape } from './value-shapes.js';

/** Shares of values that are left out in training (Srivastava et al. 2014); default of each: 0, none. */
export interface DropoutOptions {
  /** Of the embeddings and of what each half of a layer adds to a hidden state. */
  readonly hidden?: number;
  /** Of the weights of attention. */
  readonly attention?: number;
  /** Of the pooled vector, before the head. */
  readonly pooled?: number;
}

/**
 * Puts dropout where BERT's family has it, in place: each site is a product with a mask that a run is given, 0 or
 * 1 / (1 - rate), see fillDropoutMask. Masks come from outside because a training must go on bit for bit where it was
 * interrupted, and ONNX Runtime's own generator starts again with every session.
 * @param shapes of the values of the graph; those that are added are added
 * @param pooled the vector before the head, if there is one
 * @returns the masks
 */
export function addDropout(
  model: ModelProto,
  shapes: Map<string, ValueShape>,
  options: DropoutOptions,
  pooled: string | undefined,
): FeedDescription[] {
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  const names = new ValueNames(graph);
  const { hidden = 0, attention = 0 } = options;
  for (const rate of [hidden, attention, options.pooled ?? 0])
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`A dropout rate is at least 0 and below 1; got ${rate}.`);
  const sites: { value: string; rate: number }[] = [
    ...hiddenSites(index, shapes).map((value) => ({ value, rate: hidden })),
    ...attentionSites(index).map((value) => ({ value, rate: attention })),
    ...(pooled === undefined ? [] : [{ value: pooled, rate: options.pooled ?? 0 }]),
  ];
  return sites.flatMap(({ value, rate }, i) => {
    const shape = shapes.get(value);
    const dims = shape && maskDims(shape.dims);
    if (rate === 0 || dims === undefined) return [];
    const mask = names.fresh(`dropout_${i}`);
    const kept = names.fresh(`${value}/kept`);
    shapes.set(mask, shape!);
    shapes.set(kept, shape!);
    insertProduct(graph, value, mask, kept);
    return [{ name: mask, type: 'float32' as const, dims, dropout: rate }];
  });
}

/** The sizes of a mask by the layout of what it is for; undefined for others, which stay whole. */
function maskDims(dims: readonly (number | undefined)[]): (number | string)[] | undefined {
  const layouts = [
    ['batch', 0],
    ['batch', 'seq', 0],
    ['batch', 0, 'seq', 'seq'],
  ] as const;
  const fits = layouts.find(
    (layout) => layout.length === dims.length && layout.every((size, i) => (size === 0) === (dims[i] !== undefined)),
  );
  return fits?.map((size, i) => (size === 0 ? dims[i]! : size));
}

function insertProduct(graph: GraphProto, value: string, mask: string, kept: string): void {
  for (const node of graph.node) node.input = node.input.map((input) => (input === value ? kept : input));
  const at = graph.node.findIndex(({ output }) => output.includes(value));
  graph.node.splice(at + 1, 0, makeNode('Mul', [value, mask], [kept]));
}

const attentionSites = (index: GraphIndex): string[] =>
  index.graph.node.filter((node) => isOperator(node, 'Softmax')).map(({ output }) => output[0]);

/** The normalised embeddings, and the summand of each residual sum that was computed from the other one. */
function hiddenSites(index: GraphIndex, shapes: ReadonlyMap<string, ValueShape>): string[] {
  const norms = index.graph.node.filter((node) => isOperator(node, 'LayerNormalization'));
  const embeddings = norms.filter((node) => !upstream(index, node.input[0]).some(isProductOf(index))).slice(0, 1);
  const branches = index.graph.node.flatMap((node) => {
    if (!isOperator(node, 'Add') || node.input.some((input) => index.initializer(input) !== undefined)) return [];
    if (shapes.get(node.output[0])?.dims.length !== 3) return [];
    const [a, b] = node.input;
    const branch = upstream(index, a).includes(b) ? a : upstream(index, b).includes(a) ? b : undefined;
    return branch === undefined || !upstream(index, branch).some(isProductOf(index)) ? [] : [branch];
  });
  return [...embeddings.map(({ output }) => output[0]), ...new Set(branches)];
}

const isProductOf =
  (index: GraphIndex) =>
  (value: string): boolean =>
    index.producedBy(value, 'MatMul', 'FusedMatMul', 'Gemm') !== undefined;

/** All values that a value is computed from, and itself. */
function upstream(index: GraphIndex, value: string): string[] {
  const seen = new Set([value]);
  for (const at of seen) for (const input of index.producer(at)?.input ?? []) seen.add(input);
  return [...seen];
}

/**
 * Fills a mask: each element is 0 with the probability `rate` (to within 2^-16), or what keeps the mean of what it
 * multiplies. The same seed and stream give the same mask: a stream is, for example, the step and the number of the mask.
 *
 * Elements are 16-bit halves of a counter's hash (the 32-bit "lowbias" mixer of Ellis, hash-prospector, 2018): about a
 * nanosecond each, where a generator with a state takes four.
 */
export function fillDropoutMask(mask: Float32Array, rate: number, seed: number, ...stream: number[]): void {
  const threshold = Math.round(rate * 65536);
  const kept = 65536 / (65536 - threshold);
  const start = new Random(seed, ...stream).next();
  for (let i = 0; i < mask.length; i += 2) {
    let x = (start + Math.imul(i >>> 1, 0x9e3779b1)) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    x ^= x >>> 16;
    mask[i] = (x & 0xffff) < threshold ? 0 : kept;
    if (i + 1 < mask.length) mask[i + 1] = x >>> 16 < threshold ? 0 : kept;
  }
}
