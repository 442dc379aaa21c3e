import { Field, Float, InputType, Int } from '@nestjs/graphql';
import { ClusteringScope } from './clustering.js';

@InputType({ description: 'Which questions to classify.' })
export class StartClassificationInput {
  @Field({ defaultValue: false, description: 'Also those the head in use has classified already.' })
  again: boolean;
}

@InputType({ description: 'How to cluster. Absent fields take the default.' })
export class StartClusteringInput {
  @Field(() => ClusteringScope, { defaultValue: ClusteringScope.UNKNOWN, description: 'Which questions.' })
  scope: ClusteringScope;

  @Field(() => Int, { nullable: true, description: 'Number of clusters; absent: chosen by silhouette.' })
  nClusters?: number | null;

  @Field(() => Int, { nullable: true, description: 'Smallest number to consider [2].' })
  minClusters?: number | null;

  @Field(() => Int, { nullable: true, description: 'Largest number to consider [40, or a fifth of the questions].' })
  maxClusters?: number | null;

  @Field(() => Int, { nullable: true, description: 'Restarts from different seeds; the lowest inertia is kept [10].' })
  nInit?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Cosine instead of Euclidean distance [true].' })
  spherical?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Seed of all random choices [42].' })
  seed?: number | null;

  @Field(() => Int, { nullable: true, description: 'Clusters smaller than this make no suggestion [3].' })
  minClusterSize?: number | null;
}

@InputType({ description: 'How to train a head. Absent fields take the default.' })
export class StartTrainingInput {
  @Field(() => Float, {
    nullable: true,
    description: 'L2 penalty on the weights; chosen on held-out labels if absent.',
  })
  l2?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Weigh each topic by the inverse of its frequency [true].' })
  classWeights?: boolean | null;

  @Field(() => Float, { nullable: true, description: 'Share of the labels held out for the figures [0.2].' })
  heldOut?: number | null;

  @Field(() => Int, { nullable: true, description: 'Iterations of L-BFGS [200].' })
  maxIterations?: number | null;

  @Field(() => Int, { nullable: true, description: 'Seed of the split [42].' })
  seed?: number | null;

  @Field({
    defaultValue: false,
    description:
      'Put the head in use if there is none, if it knows other topics or reads the embeddings of another encoder than the one in use, or if its held-out accuracy is not lower.',
  })
  promoteIfBetter: boolean;
}
