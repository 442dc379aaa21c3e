import type { Command } from 'commander';
import { CommandFailure, exitCodeHelp } from '../exit-code.js';
import type { GraphqlClient } from '../graphql/graphql-client.js';
import * as operations from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeFilter, describeRun, readRun, type Clustering } from '../output/clustering.js';
import { formatTable, percent, plural, shorten } from '../output/table.js';
import { numberBetween, wholeNumber } from './option-values.js';

export function addClusterings(program: Command): void {
  const group = program
    .command('clusterings')
    .description('Lists runs of cairn cluster; shows one, compares two, gathers its clusters into fewer.')
    .addHelpText('after', `\nExamples:\n  $ cairn clusterings\n  $ cairn clusterings show 5d0c...\n${exitCodeHelp}`);
  apiCommand(group, 'list', 'Lists runs, the newest first.', ['clusterings', 'clusterings list --first 50 --json'], {
    isDefault: true,
  })
    .option('--first <number>', 'runs to show', wholeNumber(1, 100), 20)
    .action(list);
  apiCommand(group, 'show [id]', 'Shows a run with its clusters and what is new; the last one if none is named.', [
    'clusterings show',
    'clusterings show 5d0c... --json',
  ]).action(async (id: string | undefined, _options, command: Command) => {
    const { client, output } = invocationOf(command);
    const run = await readRun(client, await findClustering(client, id));
    output.result(run, describeRun(run));
  });
  apiCommand(group, 'compare <id> [other]', 'Compares two runs; the last one if only one is named.', [
    'clusterings compare 5d0c... 7e1f...',
  ]).action(compare);
  apiCommand(group, 'tree [id]', 'Gathers the clusters of a run into fewer groups.', [
    'clusterings tree --groups 5',
    'clusterings tree 5d0c... --height 0.8',
  ])
    .option('--groups <number>', 'number of groups', wholeNumber(1))
    .option('--height <height>', 'nothing is merged above it', numberBetween(0, Infinity))
    .action(tree);
}

async function list({ first }: { first: number }, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const page = await client.request<{ clusterings: { nodes: readonly Clustering[] } }>(operations.clusterings, {
    first,
  });
  const rows = page.clusterings.nodes.map((run) => [
    run.id,
    run.createdAt,
    shorten(describeFilter(run), 40),
    run.parameters.algorithm?.toLowerCase() ?? '',
    String(run.questionCount),
    run.kLow != null && run.kHigh != null && run.kHigh > run.kLow
      ? `${run.nClusters} (${run.kLow}-${run.kHigh})`
      : String(run.nClusters),
    run.silhouette.toFixed(2),
    run.previous ? `${run.changes.born + run.changes.split} new, ${run.changes.merged + run.changes.died} gone` : '',
  ]);
  const columns = [
    ...[{ name: 'id' }, { name: 'made' }, { name: 'of' }, { name: 'algorithm' }],
    ...['questions', 'clusters', 'silhouette'].map((name) => ({ name, align: 'right' as const })),
    { name: 'since the run before' },
  ];
  const none = 'There are no clusterings. Make one with cairn cluster.';
  output.result(page.clusterings.nodes, rows.length === 0 ? none : formatTable(columns, rows));
}

/** A run by its id, or the last one. */
export async function findClustering(client: GraphqlClient, id: string | undefined): Promise<Clustering> {
  if (id === undefined) {
    const page = await client.request<{ clusterings: { nodes: readonly Clustering[] } }>(operations.clusterings, {
      first: 1,
    });
    const [last] = page.clusterings.nodes;
    if (last === undefined) throw CommandFailure.failed('There are no clusterings. Make one with cairn cluster.');
    return last;
  }
  const { clustering } = await client.request<{ clustering: Clustering | null }>(operations.clustering, { id });
  if (clustering === null) throw CommandFailure.failed(`There is no clustering "${id}". See cairn clusterings.`);
  return clustering;
}

interface Comparison {
  readonly shared: number;
  readonly onlyHere: number;
  readonly onlyThere: number;
  readonly ari?: number | null;
  readonly nmi?: number | null;
  readonly moved: number;
  readonly matches: readonly {
    readonly index?: number | null;
    readonly otherIndex?: number | null;
    readonly size: number;
    readonly otherSize: number;
    readonly shared: number;
    readonly overlap: number;
    readonly title?: string | null;
    readonly otherTitle?: string | null;
  }[];
}

async function compare(id: string, other: string | undefined, _options: unknown, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const [one, two] = [await findClustering(client, id), await findClustering(client, other)];
  const { compareClusterings: found } = await client.request<{ compareClusterings: Comparison }>(
    operations.compareClusterings,
    { id: one.id, other: two.id },
  );
  const cell = (index: number | null | undefined, title: string | null | undefined, size: number) =>
    index == null ? '' : `${index}  ${shorten(title || '(small)', 34)} (${size})`;
  const rows = found.matches.map((match) => [
    cell(match.index, match.title, match.size),
    cell(match.otherIndex, match.otherTitle, match.otherSize),
    String(match.shared),
    match.index == null || match.otherIndex == null ? '' : percent(match.overlap),
  ]);
  const columns = [
    { name: `run ${one.id.slice(0, 8)}` },
    { name: `run ${two.id.slice(0, 8)}` },
    { name: 'shared', align: 'right' as const },
    { name: 'overlap', align: 'right' as const },
  ];
  const agreement =
    found.ari == null ? 'nothing to compare' : `ARI ${found.ari.toFixed(3)}, NMI ${found.nmi!.toFixed(3)}`;
  output.result(
    found,
    [
      `${plural(found.shared, 'question')} in both, ${found.onlyHere} in the first only, ${found.onlyThere} in the second only`,
      `${agreement}; ${plural(found.moved, 'question')} moved to a cluster that does not correspond`,
      '',
      formatTable(columns, rows),
    ].join('\n'),
  );
}

async function tree(
  id: string | undefined,
  options: { groups?: number; height?: number },
  command: Command,
): Promise<void> {
  const { client, output } = invocationOf(command);
  if (options.groups !== undefined && options.height !== undefined)
    throw CommandFailure.usage('Give --groups or --height, not both.');
  const run = await readRun(client, await findClustering(client, id));
  const { clusteringTree: cut } = await client.request<{
    clusteringTree: {
      linkage: string;
      height: number;
      groups: { clusterIndices: number[]; size: number; height: number }[];
    };
  }>(operations.clusteringTree, { id: run.clustering.id, ...options });
  const lines = cut.groups.flatMap(({ clusterIndices, size, height }, place) => [
    `group ${place + 1}: ${plural(size, 'question')}${clusterIndices.length > 1 ? `, joined at ${height.toFixed(3)}` : ''}`,
    ...clusterIndices.map((index) => `  ${index}  ${run.clusters[index].title} (${run.clusters[index].size})`),
  ]);
  output.result(cut, [`${plural(cut.groups.length, 'group')}, ${cut.linkage} linkage`, ...lines].join('\n'));
}
