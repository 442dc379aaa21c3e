import { int } from '@cairn/onnx-graph';
import { families, positionRows } from './families.js';
import { layerNorm } from './normalise.js';
import type { ResolvedOptions } from './options.js';
import type { TracedGraph } from './traced-graph.js';

const embeddings = 'embeddings';

/** Sums the embeddings of tokens, types and positions `[batch, tokens, hidden]` and normalises them. */
export function embedTokens(
  graph: TracedGraph,
  options: ResolvedOptions,
  inputIds: string,
  tokenTypeIds: string | undefined,
  length: string,
): string {
  const family = families[options.family];
  const lookUp = (table: string, ids: string): string =>
    graph.op(`${embeddings}.${table}`, 'Gather', [graph.weight(`${embeddings}.${table}.weight`), ids]);
  const add = (a: string, b: string): string => graph.op(embeddings, 'Add', [a, b]);

  const types = family.tokenTypes === 1 ? zeroTypes(graph, options, inputIds, length) : tokenTypeIds;
  const positions = (): string => {
    if (options.family === 'roberta') return countedPositions(graph, inputIds, family.padId);
    // DistilBERT asks its own embeddings for their length, BERT the input.
    return slicedPositions(
      graph,
      options,
      options.family === 'distilbert' ? graph.dimension(embeddings, words, 1) : length,
    );
  };
  const words = lookUp('word_embeddings', inputIds);
  const typed = types === undefined ? words : add(words, lookUp('token_type_embeddings', types));
  const sum = add(typed, lookUp('position_embeddings', positions()));
  return layerNorm(graph, options, `${embeddings}.LayerNorm`, sum, family.layerNormEpsilon);
}

/** BERT, DistilBERT: 0, 1, 2, … cut from a constant to the length of the input: `[1, tokens]`. */
function slicedPositions(graph: TracedGraph, options: ResolvedOptions, length: string): string {
  const all = BigInt64Array.from({ length: options.maxPosition }, (_, i) => BigInt(i));
  return graph.slicedBuffer(embeddings, `${embeddings}.position_ids`, all, length);
}

/** RoBERTa: tokens that are not padding are counted from the padding id on, padding has its id as position. */
function countedPositions(graph: TracedGraph, inputIds: string, padId: number): string {
  const isPad = graph.op(embeddings, 'Equal', [inputIds, graph.integer(embeddings, padId)]);
  const mask = graph.cast(embeddings, graph.op(embeddings, 'Not', [isPad]), 'int32');
  const count = graph.op(embeddings, 'CumSum', [mask, graph.integer(embeddings, 1)]);
  const before = graph.constant(embeddings, 'int32', [], Int32Array.of(0));
  const past = graph.op(embeddings, 'Add', [graph.cast(embeddings, count, 'int32'), before]);
  const position = graph.cast(embeddings, graph.op(embeddings, 'Mul', [past, mask]), 'int64');
  return graph.op(embeddings, 'Add', [position, graph.integer(embeddings, padId)]);
}

/** RoBERTa has one token type and no input for it: zeros, cut and expanded to `[batch, tokens]`. */
function zeroTypes(graph: TracedGraph, options: ResolvedOptions, inputIds: string, length: string): string {
  const zeros = new BigInt64Array(positionRows(options));
  const row = graph.slicedBuffer('', `${embeddings}.token_type_ids`, zeros, length);
  const batch = graph.dimension('', inputIds, 0);
  return graph.expand(
    '',
    row,
    graph.op('', 'Concat', [graph.unsqueeze('', batch, 0), graph.unsqueeze('', length, 0)], { axis: int(0) }),
  );
}
