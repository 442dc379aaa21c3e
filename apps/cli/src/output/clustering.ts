import type { GraphqlClient } from '../graphql/graphql-client.js';
import { listNodes } from '../graphql/connection.js';
import * as operations from '../graphql/operations.js';
import { formatTable, percent, plural, shorten } from './table.js';

/** One run of a clustering. */
export interface Clustering {
  readonly id: string;
  readonly createdAt: string;
  readonly questionCount: number;
  readonly nClusters: number;
  readonly kLow?: number | null;
  readonly kHigh?: number | null;
  readonly noiseCount: number;
  readonly knownCount: number;
  readonly silhouette: number;
  readonly mapMethod: string;
  readonly mapPoints: number;
  readonly parameters: {
    readonly scope: string;
    readonly algorithm?: string | null;
    readonly text?: string | null;
    readonly source?: string | null;
    readonly topicId?: string | null;
    readonly createdFrom?: string | null;
    readonly createdBefore?: string | null;
    readonly nClusters?: number | null;
    readonly seed?: number | null;
  };
  readonly candidates: readonly { readonly nClusters: number; readonly silhouette: number }[];
  readonly changes: Readonly<Record<'born' | 'continued' | 'split' | 'merged' | 'died', number>>;
  readonly previous?: { readonly id: string; readonly createdAt: string } | null;
}

export interface Cluster {
  readonly index: number;
  readonly title: string;
  readonly size: number;
  readonly cohesion: number;
  readonly silhouette: number;
  readonly change?: string | null;
  readonly exemplars: readonly { readonly text: string }[];
  readonly suggestion?: { readonly id: string; readonly state: string } | null;
  readonly topic?: { readonly slug: string; readonly title: string } | null;
}

export interface ClusterChange {
  readonly kind: 'BORN' | 'CONTINUED' | 'SPLIT' | 'MERGED' | 'DIED';
  readonly clusterIndex?: number | null;
  readonly overlap: number;
  readonly drift?: number | null;
  readonly previousSize: number;
  readonly size: number;
  readonly previousTitle?: string | null;
  readonly title?: string | null;
  readonly suggestion?: { readonly id: string; readonly state: string } | null;
}

/** A run with everything that is told of it. */
export interface WholeRun {
  readonly clustering: Clustering;
  readonly clusters: readonly Cluster[];
  readonly changes: readonly ClusterChange[];
}

/** Clusters that are printed; the rest is counted. */
const shownClusters = 40;

export async function readRun(client: GraphqlClient, clustering: Clustering): Promise<WholeRun> {
  const { id } = clustering;
  return {
    clustering,
    clusters: await listNodes<Cluster>(client, operations.clusters, 'clusters', { id }),
    changes: await listNodes<ClusterChange>(client, operations.clusterChanges, 'clusterChanges', { id }),
  };
}

/** The conditions on the questions, in words. */
export function describeFilter({ parameters }: Clustering): string {
  const { scope, text, source, topicId, createdFrom, createdBefore } = parameters;
  return [
    { UNKNOWN: 'unknown questions', UNLABELLED: 'unlabelled questions', ALL: 'all questions' }[scope] ?? scope,
    ...(topicId ? [`of topic ${topicId}`] : []),
    ...(text ? [`with "${text}"`] : []),
    ...(source ? [`from ${source}`] : []),
    ...(createdFrom ? [`since ${createdFrom.slice(0, 10)}`] : []),
    ...(createdBefore ? [`before ${createdBefore.slice(0, 10)}`] : []),
  ].join(' ');
}

/** "19 clusters (17 to 22 fit as well)". */
function describeNumber({ nClusters, kLow, kHigh }: Clustering): string {
  const interval =
    kLow != null && kHigh != null && kHigh > kLow ? ` (from ${kLow} to ${kHigh} would fit about as well)` : '';
  return `${plural(nClusters, 'cluster')}${interval}`;
}

/** What a person wants to know of a run: how many clusters, which, how good, and what is new. */
export function describeRun({ clustering, clusters, changes }: WholeRun): string {
  const { questionCount, noiseCount, knownCount, silhouette, previous, parameters } = clustering;
  const share = (count: number) => percent(questionCount === 0 ? 0 : count / questionCount);
  const head = [
    `Run ${clustering.id}: ${describeFilter(clustering)}, ${parameters.algorithm?.toLowerCase() ?? 'k-means'}`,
    `  ${describeNumber(clustering)} of ${plural(questionCount, 'question')}, silhouette ${silhouette.toFixed(2)}`,
    `  noise: ${noiseCount} (${share(noiseCount)}) in no cluster${
      knownCount > 0 ? `; ${knownCount} (${share(knownCount)}) belong to known topics` : ''
    }`,
  ];
  const rows = clusters
    .slice(0, shownClusters)
    .map(({ index, title, size, cohesion, silhouette: own, change, suggestion, topic, exemplars }) => [
      String(index),
      shorten(topic ? `= ${topic.title}` : title, 40),
      String(size),
      cohesion.toFixed(2),
      own.toFixed(2),
      [change?.toLowerCase() ?? '', suggestion ? suggestion.state.toLowerCase() : topic ? 'known' : 'small']
        .filter(Boolean)
        .join(', '),
      shorten(exemplars[0]?.text ?? '', 60),
    ]);
  const columns = [
    { name: '#', align: 'right' as const },
    { name: 'title' },
    { name: 'size', align: 'right' as const },
    { name: 'cohesion', align: 'right' as const },
    { name: 'silhouette', align: 'right' as const },
    { name: 'state' },
    { name: 'typical' },
  ];
  const more = clusters.length - shownClusters;
  return [
    ...head,
    '',
    ...(rows.length > 0 ? [formatTable(columns, rows)] : []),
    ...(more > 0 ? [`... and ${plural(more, 'smaller cluster')}; see --json.`] : []),
    ...(previous ? ['', ...describeChanges(clustering, changes)] : []),
  ].join('\n');
}

/** What is new since the run before, a line each; what went on unchanged is only counted. */
export function describeChanges({ previous }: Clustering, changes: readonly ClusterChange[]): string[] {
  const lines = changes.flatMap(({ kind, title, previousTitle, size, previousSize, overlap, drift, suggestion }) => {
    const decided = suggestion && suggestion.state !== 'PENDING' ? ` (${suggestion.state.toLowerCase()})` : '';
    switch (kind) {
      case 'BORN':
        return [`  new: ${title}, ${plural(size, 'question')}`];
      case 'SPLIT':
        return [`  split: ${title} (${size}) came out of ${previousTitle} (${previousSize})`];
      case 'MERGED':
        return [`  merged: ${previousTitle} (${previousSize}) went into ${title} (${size})${decided}`];
      case 'DIED':
        return [`  gone: ${previousTitle}, ${plural(previousSize, 'question')}${decided}`];
      case 'CONTINUED':
        return overlap > 0.9 && size === previousSize
          ? []
          : [
              `  changed: ${title}, ${previousSize} -> ${size} questions, ${percent(overlap)} the same${
                drift == null ? '' : `, drift ${drift.toFixed(3)}`
              }`,
            ];
    }
  });
  const same = changes.length - lines.length;
  return [
    `Since run ${previous?.id ?? ''}:`,
    ...(same > 0 ? [`  the same: ${plural(same, 'cluster')}`] : []),
    ...lines,
  ];
}
