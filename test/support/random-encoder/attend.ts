import { int, ints } from '@cairn/onnx-graph';
import { families } from './families.js';
import type { ResolvedOptions } from './options.js';
import type { TracedGraph } from './traced-graph.js';

/** Puts the mask on scores `[batch, heads, tokens, tokens]` in a module. */
export type ApplyMask = (module: string, scores: string) => string;

/**
 * What every layer does with the attention mask `[batch, tokens]`; what does not depend on the scores is computed here,
 * once, as exporters leave it.
 */
export function traceMask(graph: TracedGraph, options: ResolvedOptions, mask: string, length: string): ApplyMask {
  if (options.attention === 'eager' && options.family === 'distilbert') return maskedFill(graph, options, mask);
  const rows = graph.unsqueeze('', graph.unsqueeze('', mask, 1), 2);
  const added =
    options.attention === 'eager' ? scaledMask(graph, options, rows) : expandedMask(graph, options, mask, rows, length);
  return (module, scores) => graph.op(module, 'Add', [scores, added]);
}

/** (1 − mask) · maskValue, `[batch, 1, 1, tokens]`. */
function scaledMask(graph: TracedGraph, options: ResolvedOptions, rows: string): string {
  const kept = graph.cast('', rows, 'float32');
  const padded = graph.op('', 'Sub', [graph.float('', 1), kept]);
  return graph.op('', 'Mul', [padded, graph.float('', options.maskValue)]);
}

/** maskValue where the mask is 0, `[batch, 1, tokens, tokens]`, as scaled_dot_product_attention is given it. */
function expandedMask(
  graph: TracedGraph,
  options: ResolvedOptions,
  mask: string,
  rows: string,
  length: string,
): string {
  const [batch, source] = [graph.dimension('', mask, 0), graph.dimension('', mask, 1)];
  const expanded = graph.expand('', rows, graph.shape('', batch, 1, length, source));
  const padded = graph.op('', 'Sub', [graph.float('', 1), graph.cast('', expanded, 'float32')]);
  const isPadded = graph.cast('', graph.cast('', padded, 'bool'), 'bool');
  return graph.op('', 'Where', [isPadded, graph.float('', options.maskValue), padded]);
}

/** DistilBERT: in every layer, (mask == 0) in the shape of the scores, and masked_fill. */
function maskedFill(graph: TracedGraph, options: ResolvedOptions, mask: string): ApplyMask {
  return (module, scores) => {
    const isPadded = graph.op(module, 'Equal', [mask, graph.integer(module, 0)]);
    const sizes = graph.shape(module, graph.dimension(module, mask, 0), 1, 1, graph.dimension(module, mask, 1));
    const rows = graph.reshape(module, isPadded, sizes);
    const filled = graph.op(module, 'Expand', [rows, graph.op(module, 'Shape', [scores])]);
    const where = graph.cast(module, filled, 'bool');
    return graph.op(module, 'Where', [where, graph.float(module, options.maskValue), scores]);
  };
}

/** Multi-head attention of `x [batch, tokens, hidden]` up to the output projection, which is part of it. */
export function attend(
  graph: TracedGraph,
  options: ResolvedOptions,
  layer: string,
  x: string,
  applyMask: ApplyMask,
): string {
  const family = families[options.family];
  const module = `${layer}.${family.attention}`;
  const size = options.hidden / options.heads;
  const transpose = (of: string, ...perm: number[]): string =>
    graph.op(module, 'Transpose', [of], { perm: ints(perm) });
  const split = (part: string): string => {
    const y = graph.linear(`${layer}.${part}`, x);
    return graph.reshape(module, y, headShape(graph, options, module, x, y));
  };

  const query = transpose(split(family.query), 0, 2, 1, 3);
  const keys = split(family.key);
  const value = transpose(split(family.value), 0, 2, 1, 3);
  const scores = options.attention === 'sdpa' ? scaledByRoots : dividedByRoot;
  const masked = applyMask(
    module,
    scores(graph, options, module, query, () => transpose(keys, 0, 2, 3, 1), size),
  );
  const weights = graph.op(module, 'Softmax', [masked], { axis: int(options.opset < 13 ? 3 : -1) });
  const context = transpose(graph.op(module, 'MatMul', [weights, value]), 0, 2, 1, 3);
  const joined = graph.reshape(module, context, joinedShape(graph, options, module, x, context));
  return graph.linear(`${layer}.${family.attentionDense}`, joined);
}

/** The shape `[batch, tokens, heads, size]` of the projection `y` of `x`. */
function headShape(graph: TracedGraph, options: ResolvedOptions, module: string, x: string, y: string): string {
  const size = options.hidden / options.heads;
  if (options.reshape === 'static') return graph.integers(module, 0, 0, options.heads, size);
  if (options.family === 'distilbert')
    return graph.shape(module, graph.dimension(module, x, 0), -1, options.heads, size);
  return graph.shape(module, graph.dimension(module, y, 0), graph.dimension(module, y, 1), options.heads, size);
}

/** The shape `[batch, tokens, hidden]` of the heads `[batch, tokens, heads, size]` put together. */
function joinedShape(graph: TracedGraph, options: ResolvedOptions, module: string, x: string, heads: string): string {
  if (options.reshape === 'static') return graph.integers(module, 0, 0, options.hidden);
  if (options.family === 'distilbert') return graph.shape(module, graph.dimension(module, x, 0), -1, options.hidden);
  return graph.shape(module, graph.dimension(module, heads, 0), graph.dimension(module, heads, 1), options.hidden);
}

/** Scores over √size: BERT divides what the product gave, DistilBERT the queries. */
function dividedByRoot(
  graph: TracedGraph,
  options: ResolvedOptions,
  module: string,
  query: string,
  transposedKeys: () => string,
  size: number,
): string {
  const divided = (x: string): string => graph.op(module, 'Div', [x, graph.float(module, Math.sqrt(size))]);
  if (options.family === 'distilbert') return graph.op(module, 'MatMul', [divided(query), transposedKeys()]);
  return divided(graph.op(module, 'MatMul', [query, transposedKeys()]));
}

/** scaled_dot_product_attention: 1/√size from the shape of the queries; its root times queries and times keys. */
function scaledByRoots(
  graph: TracedGraph,
  _options: ResolvedOptions,
  module: string,
  query: string,
  transposedKeys: () => string,
): string {
  const shape = graph.op(module, 'Shape', [query]);
  const last = graph.op(module, 'Slice', [shape, graph.integers(module, -1), graph.integers(module, 2 ** 53)]);
  const root = graph.op(module, 'Sqrt', [graph.cast(module, last, 'float32')]);
  const inverse = graph.op(module, 'Div', [graph.constant(module, 'float32', [1], Float32Array.of(1)), root]);
  const scale = graph.cast(module, inverse, 'float32');
  const keys = transposedKeys();
  const scaledQuery = graph.op(module, 'Mul', [query, graph.op(module, 'Sqrt', [scale])]);
  const scaledKeys = graph.op(module, 'Mul', [keys, graph.op(module, 'Sqrt', [scale])]);
  return graph.op(module, 'MatMul', [scaledQuery, scaledKeys]);
}
