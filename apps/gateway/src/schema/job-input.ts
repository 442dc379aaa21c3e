import { ArgsType, Field, Float, GraphQLISODateTime, ID, InputType, Int, registerEnumType } from '@nestjs/graphql';
import { IdempotentArgs } from './change-args.js';
import {
  ClusteringAlgorithm,
  ClusteringScope,
  ClusterLinkage,
  ClusterSeeding,
  KnownTopics,
  MapMethod,
} from './clustering.js';
import { JobPriority } from './job.js';

@ArgsType()
export class StartJobArgs extends IdempotentArgs {
  @Field(() => JobPriority, {
    defaultValue: JobPriority.NORMAL,
    description: 'How soon it is taken up among the waiting ones of its kind.',
  })
  priority: JobPriority;
}

@InputType({ description: 'Which questions to classify.' })
export class StartClassificationInput {
  @Field({ defaultValue: false, description: 'Also those the head in use has classified already.' })
  again: boolean;
}

@InputType({ description: 'How to cluster. Absent fields take the default.' })
export class StartClusteringInput {
  @Field(() => ClusteringScope, { nullable: true, description: 'Which questions [UNKNOWN; ALL with a topic].' })
  scope?: ClusteringScope | null;

  @Field(() => ID, { nullable: true, description: 'Only those of this topic.' })
  topicId?: string | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Only those asked from then on.' })
  createdFrom?: Date | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Only those asked before then.' })
  createdBefore?: Date | null;

  @Field(() => String, { nullable: true, description: 'Only those with all of these words.' })
  text?: string | null;

  @Field(() => String, { nullable: true, description: 'Only those that came with this import.' })
  source?: string | null;

  @Field(() => ClusteringAlgorithm, { nullable: true, description: 'How clusters are found [SPHERICAL].' })
  algorithm?: ClusteringAlgorithm | null;

  @Field(() => KnownTopics, { nullable: true, description: 'What known topics do [IGNORE].' })
  knownTopics?: KnownTopics | null;

  @Field(() => MapMethod, {
    nullable: true,
    description: 'How the map is drawn [UMAP up to 2,000 questions, PCA beyond].',
  })
  map?: MapMethod | null;

  @Field(() => Int, { nullable: true, description: 'Number of clusters; absent: it is chosen, with an interval.' })
  nClusters?: number | null;

  @Field(() => Int, { nullable: true, description: 'Smallest number to consider [2].' })
  minClusters?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Largest number to consider [the least of n / 3, 2 sqrt(n) and 500].',
  })
  maxClusters?: number | null;

  @Field(() => Int, { nullable: true, description: 'Restarts from different seeds; the lowest inertia is kept [10].' })
  nInit?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Cosine instead of Euclidean distance [true].' })
  spherical?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Seed of all random choices [42].' })
  seed?: number | null;

  @Field(() => Int, { nullable: true, description: 'Clusters smaller than this make no suggestion [3].' })
  minClusterSize?: number | null;

  @Field(() => ClusterSeeding, { nullable: true, description: 'How first centroids are drawn [PLUS_PLUS].' })
  seeding?: ClusterSeeding | null;

  @Field(() => Int, { nullable: true, description: 'No cluster is smaller; of SPHERICAL and KMEANS.' })
  smallestCluster?: number | null;

  @Field(() => Int, { nullable: true, description: 'No cluster is larger; of SPHERICAL and KMEANS.' })
  largestCluster?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'HDBSCAN: smaller groups are noise [max(5, questions / 200), at most 50].',
  })
  hdbscanMinClusterSize?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'HDBSCAN: questions within a core distance [hdbscanMinClusterSize].',
  })
  hdbscanMinSamples?: number | null;

  @Field(() => ClusterLinkage, { nullable: true, description: 'HIERARCHICAL: the distance of two clusters [WARD].' })
  linkage?: ClusterLinkage | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Labelled questions guide: directions in which questions of one topic differ count less [false].',
  })
  guided?: boolean | null;
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
      'Put the head in use if there is none, if it knows other topics or reads the embeddings of another encoder than the one in use, or if its accuracy is not lower on the same held-out labels.',
  })
  promoteIfBetter: boolean;
}

export enum TrainingObjective {
  CLASSES = 'CLASSES',
  CONTRASTIVE = 'CONTRASTIVE',
  MASKED = 'MASKED',
  VIEWS = 'VIEWS',
  CLUSTERS = 'CLUSTERS',
}

registerEnumType(TrainingObjective, {
  name: 'TrainingObjective',
  description: 'What an encoder is taught.',
  valuesMap: {
    CLASSES: { description: 'The topic of each labelled question.' },
    CONTRASTIVE: { description: 'Questions of one topic near each other.' },
    MASKED: { description: 'Hidden words, in the texts of all questions and answers: pre-training, without labels.' },
    VIEWS: { description: 'Two dropout views of a text near each other, without labels.' },
    CLUSTERS: {
      description:
        'Clusters that are found among all questions before each epoch; questions with labels stay in their topics. For discovery.',
    },
  },
});

export enum TrainedPart {
  ALL = 'ALL',
  LAST = 'LAST',
  LORA = 'LORA',
  HEAD = 'HEAD',
}

registerEnumType(TrainedPart, {
  name: 'TrainedPart',
  description: 'Which weights of an encoder move.',
  valuesMap: {
    ALL: { description: 'All of them.' },
    LAST: { description: 'Those of the last layers.' },
    LORA: { description: 'Low-rank adapters, merged into the weights at the end.' },
    HEAD: { description: 'None: the head alone.' },
  },
});

@InputType({ description: 'How to train an encoder. Absent fields take the default.' })
export class StartFineTuningInput {
  @Field(() => TrainingObjective, { defaultValue: TrainingObjective.CLASSES, description: 'What it is taught.' })
  objective: TrainingObjective;

  @Field(() => TrainedPart, { defaultValue: TrainedPart.ALL, description: 'Which weights move.' })
  scope: TrainedPart;

  @Field(() => Int, { nullable: true, description: 'With LAST: how many layers [2].' })
  lastLayers?: number | null;

  @Field(() => Int, { nullable: true, description: 'With LORA: rank of the adapters [8].' })
  loraRank?: number | null;

  @Field(() => Int, { nullable: true, description: 'Passes over the examples, at most [10].' })
  epochs?: number | null;

  @Field(() => Int, { nullable: true, description: 'Examples of a batch [32].' })
  batchSize?: number | null;

  @Field(() => Float, { nullable: true, description: 'Highest learning rate of the encoder [0.0001].' })
  learningRate?: number | null;

  @Field(() => Float, { nullable: true, description: 'Share of activations dropped [0.1].' })
  dropout?: number | null;

  @Field(() => Float, { nullable: true, description: 'Share of certainty moved to the other topics [0].' })
  labelSmoothing?: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'With CLASSES: what it counts that questions of one topic come near each other, beside the loss of the head [0].',
  })
  contrast?: number | null;

  @Field(() => Float, { nullable: true, description: 'Of contrastive losses: cosines are divided by it [0.05].' })
  temperature?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'With CLUSTERS, needed there: how many, topics with labels among them.',
  })
  clusters?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'With CLUSTERS: so many of the questions nearest to one are taken to be like it, instead of those of its cluster [0].',
  })
  neighbours?: number | null;

  @Field(() => Float, { nullable: true, description: 'Share of words erased while training [0; with CLUSTERS 0.4].' })
  erase?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the labels held out for early stopping and figures [0.1].',
  })
  heldOut?: number | null;

  @Field(() => Int, { nullable: true, description: 'Epochs without a gain that are waited for; 0: all epochs [3].' })
  patience?: number | null;

  @Field(() => Int, { nullable: true, description: 'Batches whose gradients make one step [1].' })
  accumulate?: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens a text is cut to [as many as the encoder takes].' })
  maxTokens?: number | null;

  @Field(() => Float, { nullable: true, description: 'Share of all steps in which the learning rate rises [0.1].' })
  warmUp?: number | null;

  @Field(() => Float, { nullable: true, description: 'Largest global norm of the gradients [1].' })
  maxNorm?: number | null;

  @Field(() => Float, { nullable: true, description: 'Decoupled weight decay [0.01].' })
  weightDecay?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Weigh each topic by the inverse of its frequency [false].' })
  classWeights?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Seed of everything random [42].' })
  seed?: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Id or alias of the float32 encoder to start from; the one in use if absent.',
  })
  model?: string | null;

  @Field(() => String, { nullable: true, description: 'Id of the new encoder; made from the id of the job if absent.' })
  output?: string | null;

  @Field({
    defaultValue: false,
    description:
      'Put the new encoder and its head in use if the head knows other topics than the one in use, or its accuracy is not lower on the same held-out labels. All questions are embedded anew first; the old encoder serves until then.',
  })
  promoteIfBetter: boolean;
}

@InputType({ description: 'Which heads to compare.' })
export class StartEvaluationInput {
  @Field(() => ID, { nullable: true, description: 'The head; the one in use if absent.' })
  headId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The head to compare with; if absent the one in use, and the one in use with none.',
  })
  againstHeadId?: string | null;
}
