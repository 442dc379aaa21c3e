import { Field, Float, GraphQLISODateTime, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';

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

@ObjectType({ description: 'How a clustering was made, defaults filled in.' })
export class ClusteringParameters {
  @Field(() => ClusteringScope, { description: 'Which questions.' })
  scope: ClusteringScope;

  @Field(() => Int, { nullable: true, description: 'Number of clusters asked for; absent: chosen by silhouette.' })
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
}

@ObjectType({ description: 'One number of clusters that was tried.' })
export class CandidateClusters {
  @Field(() => Int, { description: 'Number of clusters.' })
  nClusters: number;

  @Field(() => Float, { description: 'Mean silhouette, -1 to 1.' })
  silhouette: number;

  @Field(() => Float, { description: 'Sum of squared distances to the nearest centroid.' })
  inertia: number;
}

@ObjectType({ description: 'One run of a clustering algorithm over embeddings.' })
export class Clustering {
  @Field(() => ID, { description: 'Id of the clustering.' })
  id: string;

  jobId?: string;

  @Field(() => ClusteringParameters, { description: 'How it was made.' })
  parameters: ClusteringParameters;

  @Field(() => Int, { description: 'Questions clustered.' })
  questionCount: number;

  @Field(() => Int, { description: 'Number of clusters.' })
  nClusters: number;

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
