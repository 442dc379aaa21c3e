import { Field, Float, GraphQLISODateTime, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { Node } from './node.js';

export enum ClusteringScope {
  UNKNOWN = 'UNKNOWN',
  UNLABELLED = 'UNLABELLED',
  ALL = 'ALL',
}

registerEnumType(ClusteringScope, {
  name: 'ClusteringScope',
  description: 'Which questions are clustered.',
  valuesMap: {
    UNKNOWN: { description: 'Those the head in use calls unknown and nobody has labelled.' },
    UNLABELLED: { description: 'Those nobody has labelled.' },
    ALL: { description: 'All of them.' },
  },
});

export enum ClusteringAlgorithm {
  SPHERICAL = 'SPHERICAL',
  KMEANS = 'KMEANS',
  BISECTING = 'BISECTING',
  HIERARCHICAL = 'HIERARCHICAL',
  HDBSCAN = 'HDBSCAN',
}

registerEnumType(ClusteringAlgorithm, {
  name: 'ClusteringAlgorithm',
  description: 'How clusters are found.',
  valuesMap: {
    SPHERICAL: { description: 'k-means on angles: the default.' },
    KMEANS: { description: 'k-means on Euclidean distances.' },
    BISECTING: { description: 'k-means that halves the loosest cluster again and again.' },
    HIERARCHICAL: { description: 'Joins the nearest clusters, from single questions up.' },
    HDBSCAN: { description: 'Dense regions of any size and shape; what lies between them is noise.' },
  },
});

export enum KnownTopics {
  IGNORE = 'IGNORE',
  FROZEN = 'FROZEN',
  WARM = 'WARM',
}

registerEnumType(KnownTopics, {
  name: 'KnownTopics',
  description: 'What the topics that are known do in a clustering.',
  valuesMap: {
    IGNORE: { description: 'Nothing.' },
    FROZEN: { description: 'Their centroids stand fixed beside the new clusters and take what belongs to them.' },
    WARM: { description: 'Clusters start from their centroids.' },
  },
});

export enum MapMethod {
  PCA = 'PCA',
  UMAP = 'UMAP',
  NONE = 'NONE',
}

registerEnumType(MapMethod, {
  name: 'MapMethod',
  description: 'How questions get a place in the plane.',
  valuesMap: {
    PCA: { description: 'The two directions of largest variance.' },
    UMAP: { description: 'Neighbours stay neighbours.' },
    NONE: { description: 'There is no map.' },
  },
});

export enum ClusterSeeding {
  PLUS_PLUS = 'PLUS_PLUS',
  PARALLEL = 'PARALLEL',
}

registerEnumType(ClusterSeeding, {
  name: 'ClusterSeeding',
  description: 'How k-means draws its first centroids.',
  valuesMap: {
    PLUS_PLUS: { description: 'k-means++: one after the other.' },
    PARALLEL: { description: 'k-means||: in a few passes, for hundreds of clusters.' },
  },
});

export enum ClusterLinkage {
  WARD = 'WARD',
  AVERAGE = 'AVERAGE',
  COMPLETE = 'COMPLETE',
}

registerEnumType(ClusterLinkage, {
  name: 'ClusterLinkage',
  description: 'What HIERARCHICAL takes for the distance of two clusters.',
  valuesMap: {
    WARD: { description: 'What joining them adds to the inertia: the default.' },
    AVERAGE: { description: 'The mean distance of their questions.' },
    COMPLETE: { description: 'The largest distance of their questions.' },
  },
});

@ObjectType({ description: 'How a clustering was made, defaults filled in.' })
export class ClusteringParameters {
  @Field(() => ClusteringScope, { description: 'Which questions.' })
  scope: ClusteringScope;

  @Field(() => ID, { nullable: true, description: 'Of this topic.' })
  topicId?: string;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Asked from then on.' })
  createdFrom?: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Asked before then.' })
  createdBefore?: Date;

  @Field(() => String, { nullable: true, description: 'With all of these words.' })
  text?: string;

  @Field(() => String, { nullable: true, description: 'That came with this import.' })
  source?: string;

  @Field(() => ClusteringAlgorithm, { nullable: true, description: 'How clusters were found.' })
  algorithm?: ClusteringAlgorithm;

  @Field(() => KnownTopics, { nullable: true, description: 'What known topics did.' })
  knownTopics?: KnownTopics;

  @Field(() => MapMethod, { nullable: true, description: 'How the map was drawn.' })
  map?: MapMethod;

  @Field(() => Int, { nullable: true, description: 'Number of clusters asked for; absent: it was chosen.' })
  nClusters?: number;

  @Field(() => Int, { nullable: true, description: 'Smallest number considered.' })
  minClusters?: number;

  @Field(() => Int, { nullable: true, description: 'Largest number considered.' })
  maxClusters?: number;

  @Field(() => Int, { nullable: true, description: 'Restarts from different seeds.' })
  nInit?: number;

  @Field(() => Boolean, { nullable: true, description: 'Cosine instead of Euclidean distance.' })
  spherical?: boolean;

  @Field(() => Float, { nullable: true, description: 'Seed of all random choices.' })
  seed?: number;

  @Field(() => Int, { nullable: true, description: 'Smaller clusters made no suggestion.' })
  minClusterSize?: number;

  @Field(() => ClusterSeeding, { nullable: true, description: 'How first centroids were drawn.' })
  seeding?: ClusterSeeding;

  @Field(() => Int, { nullable: true, description: 'No cluster was smaller; of SPHERICAL and KMEANS.' })
  smallestCluster?: number;

  @Field(() => Int, { nullable: true, description: 'No cluster was larger; of SPHERICAL and KMEANS.' })
  largestCluster?: number;

  @Field(() => Int, { nullable: true, description: 'HDBSCAN: smaller groups were noise.' })
  hdbscanMinClusterSize?: number;

  @Field(() => Int, { nullable: true, description: 'HDBSCAN: questions within a core distance.' })
  hdbscanMinSamples?: number;

  @Field(() => ClusterLinkage, { nullable: true, description: 'HIERARCHICAL: the distance of two clusters.' })
  linkage?: ClusterLinkage;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Labelled questions guided: directions in which questions of one topic differ counted less.',
  })
  guided?: boolean;
}

@ObjectType({ description: 'One number of clusters that was tried.' })
export class CandidateClusters {
  @Field(() => Int, { description: 'Number of clusters.' })
  nClusters: number;

  @Field(() => Float, { description: 'Mean silhouette, -1 to 1.' })
  silhouette: number;

  @Field(() => Float, { description: 'Sum of squared distances to the nearest centroid.' })
  inertia: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Agreement of the clusterings of two halves of the questions, up to 1; of the best candidates only.',
  })
  stability?: number;

  @Field(() => Float, {
    nullable: true,
    description: 'How much tighter it is than in a cloud without clusters, as a difference of log inertias.',
  })
  gap?: number;
}

@ObjectType({ description: 'How many clusters of a run were born, went on, and so on, since the run before.' })
export class ChangeCounts {
  @Field(() => Int, { description: 'New ones.' })
  born: number;

  @Field(() => Int, { description: 'Those that were there before.' })
  continued: number;

  @Field(() => Int, { description: 'Those that came out of another one.' })
  split: number;

  @Field(() => Int, { description: 'Clusters of the run before that went into another one.' })
  merged: number;

  @Field(() => Int, { description: 'Clusters of the run before that are gone.' })
  died: number;
}

@ObjectType({ implements: () => [Node], description: 'One run of a clustering algorithm over embeddings.' })
export class Clustering implements Node {
  @Field(() => ID, { description: 'Id of the clustering.' })
  id: string;

  jobId?: string;
  previousId?: string;

  @Field(() => ClusteringParameters, { description: 'How it was made.' })
  parameters: ClusteringParameters;

  @Field(() => Int, { description: 'Questions clustered.' })
  questionCount: number;

  @Field(() => Int, { description: 'Number of clusters.' })
  nClusters: number;

  @Field(() => Int, { nullable: true, description: 'Fewest clusters that cannot be told from the number chosen.' })
  kLow?: number;

  @Field(() => Int, { nullable: true, description: 'Most clusters that cannot be told from the number chosen.' })
  kHigh?: number;

  @Field(() => Int, { description: 'Questions in no cluster.' })
  noiseCount: number;

  @Field(() => Int, { description: 'Questions that went to the centroids of known topics.' })
  knownCount: number;

  @Field(() => ChangeCounts, { description: 'What changed since the run before; all 0 in the first run.' })
  changes: ChangeCounts;

  @Field(() => MapMethod, { description: 'How its map was drawn.' })
  mapMethod: MapMethod;

  @Field(() => Int, { description: 'Questions that have a place on the map.' })
  mapPoints: number;

  @Field(() => Float, { description: 'Sum of squared distances to the nearest centroid.' })
  inertia: number;

  @Field(() => Float, { description: 'Mean silhouette, -1 to 1.' })
  silhouette: number;

  @Field(() => Int, { description: 'Iterations of the best restart.' })
  iterations: number;

  @Field(() => [CandidateClusters], { description: 'What was tried when no number was given.' })
  candidates: CandidateClusters[];

  @Field(() => ID, { description: 'The encoder of the embeddings.' })
  encoderId: string;

  @Field(() => GraphQLISODateTime, { description: 'When it was made.' })
  createdAt: Date;
}

export const ClusteringConnection = connectionType(Clustering, 'clusterings');
