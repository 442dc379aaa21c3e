import { valuesFromOutside } from './graph-index.js';
import type { GraphProto, ModelProto } from './model.js';
import { OnnxFormatError } from './wire.js';

/**
 * The graph of a model, if it is one: every value is made once, before it is used (so there is no cycle), by an input, an
 * initializer or a node.
 * @throws OnnxFormatError naming the value
 */
export function checkedGraph(model: ModelProto): GraphProto {
  const { graph } = model;
  if (graph === undefined) throw new OnnxFormatError('The model has no graph.');
  // Old exports list initializers among the inputs.
  const known = new Set([...graph.input, ...graph.initializer].map(({ name }) => name ?? ''));
  for (const node of graph.node) {
    const name = `${node.opType ?? 'node without operator'} "${node.name ?? ''}"`;
    for (const input of [...node.input, ...valuesFromOutside(node)])
      if (input !== '' && !known.has(input))
        throw new OnnxFormatError(`${name} uses "${input}", which nothing before it gives: the graph is damaged.`);
    for (const output of node.output) {
      if (output !== '' && known.has(output))
        throw new OnnxFormatError(`${name} gives "${output}", which is there already: the graph is damaged.`);
      known.add(output);
    }
  }
  for (const { name } of graph.output)
    if (!known.has(name ?? ''))
      throw new OnnxFormatError(`Nothing gives the output "${name ?? ''}": the graph is damaged.`);
  return graph;
}
