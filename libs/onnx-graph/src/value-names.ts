import type { GraphProto } from './model.js';

/** Names for values that are added to a graph: never one that is taken. */
export class ValueNames {
  private readonly taken = new Set<string>();

  constructor(graph: GraphProto) {
    for (const { name } of [...graph.input, ...graph.initializer]) this.taken.add(name ?? '');
    for (const node of graph.node) for (const output of node.output) this.taken.add(output);
  }

  /** The wanted name, with a number behind it if it is taken. */
  fresh(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.taken.has(name); i++) name = `${wanted}_${i}`;
    this.taken.add(name);
    return name;
  }
}

/**
 * Old exports list initializers among the inputs, as defaults. Where the default is gone, a run would demand the input:
 * it goes too.
 * @param before names of the initializers before the graph was changed
 */
export function dropFormerDefaults(graph: GraphProto, before: ReadonlySet<string>): void {
  const left = new Set(graph.initializer.map(({ name }) => name ?? ''));
  graph.input = graph.input.filter(({ name }) => left.has(name ?? '') || !before.has(name ?? ''));
}
