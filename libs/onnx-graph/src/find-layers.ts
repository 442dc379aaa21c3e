import { isOperator, type GraphIndex } from './graph-index.js';
import { elementTypes, type NodeProto } from './model.js';

/** Where the layers of an encoder are in its graph. */
export interface Layers {
  /** Names of the hidden states 0..n: the embeddings and what each layer gives. */
  readonly states: readonly string[];
  /** Of the hidden states: one of `elementTypes`. */
  readonly elementType: number;
}

/** Sums between a normalisation and the one before it: with what a layer computed, and with its bias. */
const longestSum = 2;

/**
 * Finds the layers of a BERT-family encoder.
 *
 * In these encoders each of n layers ends in two layer normalisations, one behind the attention and one behind the
 * feed-forward part, each over a sum with what the normalisation before it gave; one more stands behind the embeddings
 * (Devlin et al. 2019, arXiv:1810.04805). So the graph has one chain of 2n + 1 normalisations, and every other is a
 * hidden state. Where embeddings are projected or masked behind their normalisation (ALBERT, ELECTRA, DeBERTa) the
 * chain has 2n, and hidden state 0 is what the first adds to what it computes of that.
 *
 * Normalisations may be merged with the sum before them (SkipLayerNormalization) or with the embeddings
 * (EmbedLayerNormalization), as ONNX Runtime's own optimiser writes them.
 *
 * @returns undefined if the graph has not just one such chain of that length, or of another width
 */
export function findLayers(index: GraphIndex, layers: number, hidden: number): Layers | undefined {
  const norms = index.graph.node.filter((node) => isOperator(node, ...Object.keys(gainInput)));
  const byOutput = new Map(norms.map((norm) => [norm.output[0], norm]));
  const before = new Map(norms.map((norm) => [norm, previous(index, norm, byOutput)]));
  const followed = new Set(before.values());
  const chains = norms
    .filter((norm) => !followed.has(norm))
    .map((last) => chainTo(last, before))
    .filter((chain) => chain.length >= 2 * layers);
  if (chains.length !== 1) return undefined;
  const [chain] = chains;
  const gains = chain.map((norm) => index.initializer(norm.input[gainInput[norm.opType ?? '']] ?? ''));
  const elementType = gains[0]?.dataType;
  const fit = gains.every((gain) => gain?.dims.length === 1 && Number(gain.dims[0]) === hidden);
  if (!fit || (elementType !== elementTypes.float32 && elementType !== elementTypes.float16)) return undefined;
  const start = chain.length === 2 * layers + 1 ? chain[0].output[0] : residualOf(index, chain[0]);
  const ends = chain.slice(chain.length - 2 * layers).filter((_, i) => i % 2 === 1);
  if (start === undefined || ends.length !== layers || chain.length > 2 * layers + 1) return undefined;
  return { states: [start, ...ends.map(({ output }) => output[0])], elementType };
}

/** Which input of a normalisation is its gain. */
const gainInput: Readonly<Record<string, number>> = {
  LayerNormalization: 1,
  SkipLayerNormalization: 2,
  EmbedLayerNormalization: 5,
};

/** The values whose sum a normalisation is of; undefined if it is of no sum. */
function summands(index: GraphIndex, norm: NodeProto): readonly string[] | undefined {
  if (norm.opType === 'SkipLayerNormalization') return norm.input.slice(0, 2);
  return norm.opType === 'LayerNormalization' ? index.producedBy(norm.input[0], 'Add')?.input : undefined;
}

/** The normalisation whose output is in the sum that a normalisation is of. */
function previous(index: GraphIndex, norm: NodeProto, byOutput: ReadonlyMap<string, NodeProto>): NodeProto | undefined {
  const search = (value: string, depth: number): NodeProto | undefined => {
    const found = byOutput.get(value);
    if (found !== undefined || depth === 0) return found;
    for (const input of index.producedBy(value, 'Add')?.input ?? []) {
      const behind = search(input, depth - 1);
      if (behind !== undefined) return behind;
    }
    return undefined;
  };
  for (const value of summands(index, norm) ?? []) {
    const found = search(value, longestSum - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The normalisations up to `last`, each before the one whose sum it is in. */
function chainTo(last: NodeProto, before: ReadonlyMap<NodeProto, NodeProto | undefined>): NodeProto[] {
  const chain = new Set<NodeProto>();
  for (let norm: NodeProto | undefined = last; norm !== undefined && !chain.has(norm); norm = before.get(norm))
    chain.add(norm);
  return [...chain].reverse();
}

/** Of the two summands of a normalisation, the one that the other was computed from. */
function residualOf(index: GraphIndex, norm: NodeProto): string | undefined {
  const [a, b] = summands(index, norm) ?? [];
  if (a === undefined || b === undefined) return undefined;
  const [aFromB, bFromA] = [dependsOn(index, a, b), dependsOn(index, b, a)];
  return aFromB === bFromA ? undefined : aFromB ? b : a;
}

function dependsOn(index: GraphIndex, value: string, on: string): boolean {
  const seen = new Set([value]);
  for (const at of seen) {
    if (at === on) return true;
    for (const input of index.producer(at)?.input ?? []) seen.add(input);
  }
  return false;
}
