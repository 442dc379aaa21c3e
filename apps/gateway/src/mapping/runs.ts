import type { knowledgeV1 } from '@cairn/contracts';
import {
  ChangeKind,
  type Cluster,
  type ClusterChange,
  type ClusteringComparison,
  type ClusteringMap,
} from '../schema/run.js';
import { enumTable, given, numberOrAbsent, textOrAbsent } from './values.js';

const changeKind = enumTable<ChangeKind, string>({
  [ChangeKind.BORN]: 'born',
  [ChangeKind.CONTINUED]: 'continued',
  [ChangeKind.SPLIT]: 'split',
  [ChangeKind.MERGED]: 'merged',
  [ChangeKind.DIED]: 'died',
});

export const toCluster = (cluster: knowledgeV1.ClusterOfRun): Cluster => ({
  index: cluster.index,
  size: cluster.size,
  cohesion: cluster.cohesion,
  separation: cluster.separation,
  silhouette: cluster.silhouette,
  title: cluster.title,
  keywords: cluster.keywords,
  nearestTopics: cluster.nearestTopics,
  exemplarIds: cluster.exemplarIds,
  suggestionId: textOrAbsent(cluster.suggestionId),
  topicId: textOrAbsent(cluster.topicId),
  change: cluster.change === '' ? undefined : changeKind.fromProto(cluster.change),
});

export const toClusterChange = (change: knowledgeV1.ClusterChange): ClusterChange => ({
  kind: changeKind.fromProto(change.kind),
  previousIndex: given(change.previousIndex),
  clusterIndex: given(change.clusterIndex),
  suggestionId: textOrAbsent(change.suggestionId),
  shared: change.shared,
  overlap: change.overlap,
  drift: given(change.drift),
  previousSize: change.previousSize,
  size: change.size,
  previousTitle: textOrAbsent(change.previousTitle),
  title: textOrAbsent(change.title),
});

export const toComparison = (comparison: knowledgeV1.ClusteringComparison): ClusteringComparison => ({
  shared: comparison.shared,
  onlyHere: comparison.onlyHere,
  onlyThere: comparison.onlyThere,
  ari: given(comparison.ari),
  nmi: given(comparison.nmi),
  moved: comparison.moved,
  matches: comparison.matches.map((match) => ({
    index: given(match.index),
    otherIndex: given(match.otherIndex),
    size: match.size,
    otherSize: match.otherSize,
    shared: match.shared,
    overlap: match.overlap,
    drift: given(match.drift),
    title: textOrAbsent(match.title),
    otherTitle: textOrAbsent(match.otherTitle),
  })),
});

export const toMap = ({ points, total, nextAfter }: knowledgeV1.ListMapPointsResponse): ClusteringMap => ({
  points,
  totalCount: total,
  nextAfter: numberOrAbsent(nextAfter),
});
