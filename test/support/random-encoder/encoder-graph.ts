import { int } from '@cairn/onnx-graph';
import { gelu } from './activate.js';
import { attend, traceMask } from './attend.js';
import { embedTokens } from './embed-tokens.js';
import { families } from './families.js';
import { layerNorm } from './normalise.js';
import type { ResolvedOptions } from './options.js';
import { headNames, type Weights } from './random-weights.js';
import { TracedGraph } from './traced-graph.js';

/**
 * The bytes of an ONNX file of the encoder: inputs `input_ids`, `attention_mask` and, for BERT, `token_type_ids`, all
 * int64 `[batch, tokens]`; output `last_hidden_state [batch, tokens, hidden]` or, of a classifier, `logits [batch, labels]`.
 */
export function encoderGraph(options: ResolvedOptions, weights: Weights): Uint8Array {
  const family = families[options.family];
  const isClassifier = options.task === 'sequence-classification';
  const graph = new TracedGraph(options, weights, isClassifier ? family.prefix : '');
  const inputIds = graph.input('input_ids');
  const mask = graph.input('attention_mask');
  const types = family.tokenTypes > 1 ? graph.input('token_type_ids') : undefined;

  const length = graph.dimension('', inputIds, 1);
  let hidden = embedTokens(graph, options, inputIds, types, length);
  const applyMask = traceMask(graph, options, mask, length);
  for (let i = 0; i < options.layers; i++) {
    const layer = `${family.layers}.${i}`;
    const within = (module: string): string => (module === '' ? layer : `${layer}.${module}`);
    const norm = (module: string, x: string, output?: string): string =>
      layerNorm(graph, options, within(module), x, family.layerNormEpsilon, output);

    const attended = attend(graph, options, layer, hidden, applyMask);
    const sum = graph.op(within(family.attentionSum), 'Add', [attended, hidden]);
    const attention = norm(family.attentionNorm, sum);
    const inner = graph.linear(within(family.intermediate), attention);
    const outer = graph.linear(within(family.output), gelu(graph, options, within(family.activation), inner));
    const last = i === options.layers - 1 && !isClassifier;
    const residual = graph.op(within(family.outputSum), 'Add', [outer, attention]);
    hidden = norm(family.outputNorm, residual, last ? 'last_hidden_state' : undefined);
  }
  if (isClassifier) {
    classify(graph, options, hidden);
    graph.output('logits', ['batch_size', options.labels]);
  } else graph.output('last_hidden_state', ['batch_size', 'sequence_length', options.hidden]);
  return graph.bytes();
}

/** The head over the first token: dense, tanh (DistilBERT: ReLU), linear. */
function classify(graph: TracedGraph, options: ResolvedOptions, hidden: string): void {
  const { dense, classifier } = headNames[options.family];
  // BERT's pooler is part of the encoder; the others do this outside, in the classifier or in the model itself.
  const module = { bert: 'pooler', distilbert: '/', roberta: '/classifier' }[options.family];
  const activation = { bert: 'pooler.activation', distilbert: '/activation', roberta: '/classifier' }[options.family];
  const first = graph.op(module, 'Gather', [hidden, graph.integer(module, 0)], { axis: int(1) });
  const pooled = graph.op(activation, options.family === 'distilbert' ? 'Relu' : 'Tanh', [graph.gemm(dense, first)]);
  graph.gemm(classifier, pooled, 'logits');
}
