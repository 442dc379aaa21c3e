import { checkedGraph } from './check-graph.js';
import { hoistConstants } from './constants.js';
import { restoreFloat32 } from './float16.js';
import { fuseAttention } from './fuse-attention.js';
import { fuseGelus } from './fuse-gelu.js';
import { fuseLayerNorms } from './fuse-layer-norm.js';
import { removeUnused } from './graph-index.js';
import { exposeHiddenStates } from './hidden-states.js';
import type { ModelProto } from './model.js';

export interface PrepareOptions {
  /** Layers of the encoder, from config.json. */
  readonly layers: number;
  /** Components of a hidden state. */
  readonly hidden: number;
  /** Whether attention becomes one operator; default: yes. */
  readonly attention?: boolean;
}

export interface PreparedEncoder {
  readonly fused: {
    readonly layerNorms: number;
    readonly gelus: number;
    readonly attentions: number;
  };
  /** Whether every hidden state is an output; if not, the graph's structure is not known and the last is all there is. */
  readonly hiddenStates: boolean;
  /** One line for people. */
  readonly description: string;
}

/**
 * Makes the graph of an encoder as fast as it can be and every hidden state an output, in place.
 *
 * Embeddings stay several operators: ONNX Runtime's one (EmbedLayerNormalization) took as long, within 1 %, for batches of
 * 12 and of 512 tokens, and would keep int8 from their table.
 * @throws OnnxFormatError if the model has no graph, or one in which a value is missing or made twice
 * @throws RangeError if a constant holds more or fewer numbers than its shape says
 */
export function prepareEncoder(
  model: ModelProto,
  { layers, hidden, attention = true }: PrepareOptions,
): PreparedEncoder {
  const graph = checkedGraph(model);
  hoistConstants(graph);
  // Patterns are found among float32 constants.
  restoreFloat32(model);
  const fused = {
    layerNorms: fuseLayerNorms(model),
    gelus: fuseGelus(model),
    attentions: attention ? fuseAttention(model) : 0,
  };
  const hiddenStates = exposeHiddenStates(model, layers, hidden);
  removeUnused(graph);
  return { fused, hiddenStates, description: describe(layers, fused, hiddenStates) };
}

function describe(layers: number, fused: PreparedEncoder['fused'], hiddenStates: boolean): string {
  const states = hiddenStates ? `hidden states 0..${layers} exposed` : 'structure not known, last hidden state only';
  const count = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`]);
  const parts = [
    ...count(fused.layerNorms, 'layer norm'),
    ...count(fused.gelus, 'gelu'),
    ...count(fused.attentions, 'attention'),
  ];
  return parts.length === 0 ? states : `${states}; ${parts.join(', ')} fused`;
}
