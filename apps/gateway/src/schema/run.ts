import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { NearTopic } from './suggestion.js';

export enum ChangeKind {
  BORN = 'BORN',
  CONTINUED = 'CONTINUED',
  SPLIT = 'SPLIT',
  MERGED = 'MERGED',
  DIED = 'DIED',
}

registerEnumType(ChangeKind, {
  name: 'ChangeKind',
  description: 'What became of a cluster between two runs over the same questions.',
  valuesMap: {
    BORN: { description: 'It is new.' },
    CONTINUED: { description: 'It was there before.' },
    SPLIT: { description: 'It came out of another cluster.' },
    MERGED: { description: 'It went into another cluster.' },
    DIED: { description: 'It is gone.' },
  },
});

@ObjectType({ description: 'A cluster as one run saw it.' })
export class Cluster {
  suggestionId?: string;
  topicId?: string;
  exemplarIds: string[];

  @Field(() => Int, { description: 'Its number in the run: 0 is the largest.' })
  index: number;

  @Field(() => Int, { description: 'Questions in it.' })
  size: number;

  @Field(() => Float, { description: 'Mean cosine of the members to the centroid.' })
  cohesion: number;

  @Field(() => Float, { description: 'Distance to the nearest other centroid.' })
  separation: number;

  @Field(() => Float, { description: 'Mean silhouette of its members, -1 to 1.' })
  silhouette: number;

  @Field({ description: 'Title from the keywords.' })
  title: string;

  @Field(() => [String], { description: 'By class-based TF-IDF, best first.' })
  keywords: string[];

  @Field(() => [NearTopic], { description: 'Known topics, nearest first.' })
  nearestTopics: NearTopic[];

  @Field(() => ChangeKind, { nullable: true, description: 'BORN, CONTINUED or SPLIT; absent in the first run.' })
  change?: ChangeKind;
}

export const ClusterConnection = connectionType(Cluster, 'clusters');

@ObjectType({ description: 'A question in a run.' })
export class ClusterMember {
  questionId: string;

  @Field(() => Int, { description: 'Its cluster; -1: none, it is noise.' })
  clusterIndex: number;

  @Field(() => Float, { description: 'Distance to the centroid.' })
  distance: number;
}

export const ClusterMemberConnection = connectionType(ClusterMember, 'questions of a run');

@ObjectType({ description: 'What became of a cluster since the run before.' })
export class ClusterChange {
  suggestionId?: string;

  @Field(() => ChangeKind, { description: 'What.' })
  kind: ChangeKind;

  @Field(() => Int, { nullable: true, description: 'In the run before; with SPLIT, the one it came out of.' })
  previousIndex?: number;

  @Field(() => Int, { nullable: true, description: 'In this run; with MERGED, the one it went into.' })
  clusterIndex?: number;

  @Field(() => Int, { description: 'Questions in both.' })
  shared: number;

  @Field(() => Float, { description: 'Jaccard index over the questions that both runs saw, 0 to 1.' })
  overlap: number;

  @Field(() => Float, { nullable: true, description: '1 - cosine between the centroids then and now.' })
  drift?: number;

  @Field(() => Int, { description: 'Questions then.' })
  previousSize: number;

  @Field(() => Int, { description: 'Questions now.' })
  size: number;

  @Field(() => String, { nullable: true, description: 'Title then.' })
  previousTitle?: string;

  @Field(() => String, { nullable: true, description: 'Title now.' })
  title?: string;
}

export const ClusterChangeConnection = connectionType(ClusterChange, 'changes of clusters');

@ObjectType({ description: 'Clusters of two runs that correspond, or one that has no counterpart.' })
export class MatchedClusters {
  @Field(() => Int, { nullable: true, description: 'In the one run.' })
  index?: number;

  @Field(() => Int, { nullable: true, description: 'In the other run.' })
  otherIndex?: number;

  @Field(() => Int, { description: 'Questions in the one run.' })
  size: number;

  @Field(() => Int, { description: 'Questions in the other run.' })
  otherSize: number;

  @Field(() => Int, { description: 'Questions in both.' })
  shared: number;

  @Field(() => Float, { description: 'Jaccard index over the questions that both runs saw, 0 to 1.' })
  overlap: number;

  @Field(() => Float, { nullable: true, description: '1 - cosine between the centroids.' })
  drift?: number;

  @Field(() => String, { nullable: true, description: 'Title in the one run.' })
  title?: string;

  @Field(() => String, { nullable: true, description: 'Title in the other run.' })
  otherTitle?: string;
}

@ObjectType({ description: 'Two runs side by side, over the questions that are in both.' })
export class ClusteringComparison {
  @Field(() => Int, { description: 'Questions in both. Noise counts as one group of each run.' })
  shared: number;

  @Field(() => Int, { description: 'Questions in the one run only.' })
  onlyHere: number;

  @Field(() => Int, { description: 'Questions in the other run only.' })
  onlyThere: number;

  @Field(() => Float, { nullable: true, description: 'Adjusted Rand index: 1 if equal, 0 as by chance.' })
  ari?: number;

  @Field(() => Float, { nullable: true, description: 'Normalised mutual information, 0 to 1.' })
  nmi?: number;

  @Field(() => Int, { description: 'Shared questions whose clusters do not correspond.' })
  moved: number;

  @Field(() => [MatchedClusters], { description: 'By size, those without a counterpart last; at most 1,000.' })
  matches: MatchedClusters[];
}

@ObjectType({ description: 'A question that two runs put into clusters that do not correspond.' })
export class MovedQuestion {
  questionId: string;

  @Field(() => Int, { description: 'Its cluster in the one run; -1: noise.' })
  clusterIndex: number;

  @Field(() => Int, { description: 'Its cluster in the other run; -1: noise.' })
  otherIndex: number;
}

export const MovedQuestionConnection = connectionType(MovedQuestion, 'questions that moved');

@ObjectType({ description: 'The place of a question on the map of a run.' })
export class MapPoint {
  @Field(() => ID, { description: 'Id of the question.' })
  questionId: string;

  @Field(() => Int, { description: 'Its cluster; -1: noise.' })
  clusterIndex: number;

  @Field(() => Float, { description: 'To the right.' })
  x: number;

  @Field(() => Float, { description: 'Up.' })
  y: number;
}

@ObjectType({
  description: 'A part of the map of a run. Points come in a random order: any first part is a fair sample.',
})
export class ClusteringMap {
  @Field(() => [MapPoint], { description: 'The points.' })
  points: MapPoint[];

  @Field(() => Int, { description: 'Points of the whole map.' })
  totalCount: number;

  @Field(() => Int, { nullable: true, description: 'Give it as `after` for the next part; absent: this is the last.' })
  nextAfter?: number;
}

@ObjectType({ description: 'Clusters of a run that belong together at the height of the cut.' })
export class ClusterGroup {
  @Field(() => [Int], { description: 'The clusters in it, largest first.' })
  clusterIndices: number[];

  @Field(() => Int, { description: 'Questions in it.' })
  size: number;

  @Field(() => Float, { description: 'Height of its last merge; 0 for a single cluster.' })
  height: number;
}

@ObjectType({ description: 'A merge of the dendrogram: merge i makes node n + i, where 0 to n - 1 are the clusters.' })
export class ClusterMerge {
  @Field(() => Int, { description: 'A node.' })
  first: number;

  @Field(() => Int, { description: 'Another node.' })
  second: number;

  @Field(() => Float, { description: 'How far apart they are.' })
  height: number;

  @Field(() => Int, { description: 'Questions below the new node.' })
  size: number;
}

@ObjectType({ description: 'The dendrogram over the clusters of a run, cut.' })
export class ClusteringTree {
  @Field({ description: 'How the distance of two groups is measured.' })
  linkage: string;

  @Field(() => Float, { description: 'Height of the highest merge below the cut.' })
  height: number;

  @Field(() => [ClusterGroup], { description: 'The groups, largest first.' })
  groups: ClusterGroup[];

  @Field(() => [ClusterMerge], { description: 'The whole dendrogram, by rising height.' })
  merges: ClusterMerge[];
}
