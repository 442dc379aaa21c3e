import { GraphIndex } from './graph-index.js';
import { elementTypes, type GraphProto, type ModelProto, type NodeProto } from './model.js';
import { makeNode } from './nodes.js';

/** Name of the output that holds hidden state `layer` of `layers`: 0 is the embeddings, `layers` the last. */
export const hiddenStateName = (layer: number, layers: number): string =>
  layer === layers ? 'last_hidden_state' : `hidden_state_${layer}`;

/**
 * Makes every hidden state of a BERT-family encoder an output, though exports only give the last.
 *
 * In these encoders each of n layers ends in two layer normalisations, one behind the attention and one behind the
 * feed-forward part, each over a sum with what the normalisation before it gave; one more stands behind the embeddings
 * (Devlin et al. 2019, arXiv:1810.04805). So hidden state i is what normalisation 2i gives. The graph is checked to be
 * of that shape; LayerNormalization must be one operator (see fuseLayerNorms).
 *
 * @param layers n, from config.json
 * @param hidden components of a hidden state
 * @returns whether it is done; if the graph has another shape it is not changed
 */
export function exposeHiddenStates(model: ModelProto, layers: number, hidden: number): boolean {
  const graph = model.graph!;
  const index = new GraphIndex(graph);
  const norms = graph.node.filter(({ opType }) => opType === 'LayerNormalization').slice(0, 2 * layers + 1);
  if (norms.length !== 2 * layers + 1) return false;
  for (let i = 1; i < norms.length; i++) if (!addsTo(index, norms[i], norms[i - 1].output[0])) return false;
  for (let layer = 0; layer <= layers; layer++)
    nameOutput(graph, norms[2 * layer].output[0], hiddenStateName(layer, layers), hidden);
  return true;
}

/** Makes a value an output under a name of its own. */
function nameOutput(graph: GraphProto, value: string, name: string, hidden: number): void {
  if (graph.output.some((output) => output.name === name)) return;
  const dim = [{ dimParam: 'batch' }, { dimParam: 'seq' }, { dimValue: hidden }];
  const type = { tensorType: { elemType: elementTypes.float32, shape: { dim } } };
  if (graph.output.some((output) => output.name === value)) {
    graph.node.push(makeNode('Identity', [value], [name]));
  } else {
    const renamed = (given: string) => (given === value ? name : given);
    for (const node of graph.node) {
      node.input = node.input.map(renamed);
      node.output = node.output.map(renamed);
    }
    graph.valueInfo = graph.valueInfo.filter((info) => info.name !== value);
  }
  graph.output.push({ name, type, metadataProps: [] });
}

/** Whether the input of a normalisation is a sum with `residual` in it; a bias may be added on the way. */
function addsTo(index: GraphIndex, norm: NodeProto, residual: string): boolean {
  const reaches = (value: string, depth: number): boolean => {
    if (value === residual) return true;
    const add = depth > 0 ? index.producedBy(value, 'Add') : undefined;
    return add !== undefined && add.input.some((input) => reaches(input, depth - 1));
  };
  const add = index.producedBy(norm.input[0], 'Add');
  return add !== undefined && reaches(add.output[0], 2);
}
