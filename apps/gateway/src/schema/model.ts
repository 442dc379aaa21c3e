import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Provenance } from './encoding.js';
import { UserError, type Payload } from './user-error.js';

export enum ModelState {
  AVAILABLE = 'AVAILABLE',
  LOADING = 'LOADING',
  READY = 'READY',
  FAILED = 'FAILED',
}

registerEnumType(ModelState, {
  name: 'ModelState',
  description: 'Whether a model can be used.',
  valuesMap: {
    AVAILABLE: { description: 'In the model store, not loaded.' },
    LOADING: { description: 'Being loaded.' },
    READY: { description: 'Loaded and checked.' },
    FAILED: { description: 'Could not be loaded; `error` says why.' },
  },
});

export enum ModelTask {
  EMBEDDING = 'EMBEDDING',
  CLASSIFICATION = 'CLASSIFICATION',
}

registerEnumType(ModelTask, {
  name: 'ModelTask',
  description: 'What a model is for.',
  valuesMap: {
    EMBEDDING: { description: 'An encoder: embeds texts, and classifies them with heads trained here.' },
    CLASSIFICATION: { description: 'A sequence classifier with a head of its own.' },
  },
});

export enum ProblemType {
  SINGLE_LABEL = 'SINGLE_LABEL',
  MULTI_LABEL = 'MULTI_LABEL',
}

registerEnumType(ProblemType, {
  name: 'ProblemType',
  description: 'How the logits of a classifier become probabilities.',
  valuesMap: {
    SINGLE_LABEL: { description: 'One class fits (softmax).' },
    MULTI_LABEL: { description: 'Any number of classes fit, each by itself (sigmoid).' },
  },
});

@ObjectType({ description: 'A model in the model store: an encoder, or a classifier with a head of its own.' })
export class Model {
  @Field(() => ID, { description: 'Id of the model.' })
  id: string;

  @Field(() => [String], { description: 'Other names it answers to.' })
  aliases: string[];

  @Field({ description: 'SHA-256 over its files.' })
  revision: string;

  @Field(() => ModelState, { description: 'Whether it can be used.' })
  state: ModelState;

  @Field({ description: 'Whether it is used when none is named.' })
  isDefault: boolean;

  @Field(() => ModelTask, { description: 'What it is for.' })
  task: ModelTask;

  @Field(() => [String], { description: 'Classes of a classifier, in the order of its logits; empty for encoders.' })
  classes: string[];

  @Field(() => ProblemType, {
    nullable: true,
    description: 'How the logits of a classifier become probabilities; absent for encoders.',
  })
  problemType?: ProblemType;

  @Field(() => Int, { description: 'Hidden size: components of an embedding.' })
  dimension: number;

  @Field(() => Int, { description: 'Tokens a text may have, special ones included.' })
  maxTokens: number;

  @Field(() => Int, { description: 'Number of hidden layers.' })
  layers: number;

  @Field(() => String, { nullable: true, description: 'How the weights are stored: float32, float16 or int8.' })
  precision?: string;

  @Field(() => Float, { description: 'Size of the ONNX file in bytes.' })
  fileBytes: number;

  @Field(() => String, {
    nullable: true,
    description: 'Where it runs: cpu, cuda or webgpu. Absent until it is loaded.',
  })
  device?: string;

  @Field(() => String, {
    nullable: true,
    description: 'Why it runs there: what was asked for, what was tried and what came of it.',
  })
  deviceReason?: string;

  @Field(() => Int, { nullable: true, description: 'Sessions side by side; absent until it is loaded.' })
  sessions?: number;

  @Field(() => Int, { nullable: true, description: 'Threads of each session; absent until it is loaded.' })
  threads?: number;

  @Field(() => String, { nullable: true, description: 'How the numbers of sessions and threads were chosen.' })
  sessionsReason?: string;

  @Field(() => Float, {
    nullable: true,
    description: 'Bytes of memory booked for it: weights of all sessions and the largest batch. Absent until loaded.',
  })
  memoryBytes?: number;

  @Field(() => String, {
    nullable: true,
    description: 'What was done to the graph when it was loaded, for example which parts were fused.',
  })
  graph?: string;

  @Field(() => Float, {
    nullable: true,
    description: 'Largest difference from its golden vectors when it was loaded; absent if it has none.',
  })
  goldenDifference?: number;

  @Field(() => String, { nullable: true, description: 'Why it could not be loaded.' })
  error?: string;

  @Field(() => Provenance, {
    nullable: true,
    description: 'What its embeddings say of where they come from, with default options. Absent for classifiers.',
  })
  provenance?: Provenance;
}

@ObjectType({ description: 'Outcome of loading or unloading a model.' })
export class ModelPayload implements Payload {
  @Field(() => Model, { nullable: true, description: 'The model after the change; absent if it was not made.' })
  model?: Model;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'Outcome of setting or removing an alias.' })
export class ModelAliasPayload implements Payload {
  @Field(() => Model, {
    nullable: true,
    description: 'The model the alias stands for now; absent if the alias was removed or the change was not made.',
  })
  model?: Model;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
