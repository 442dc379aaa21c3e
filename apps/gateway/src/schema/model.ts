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
  description: 'Whether an encoder can be used.',
  valuesMap: {
    AVAILABLE: { description: 'In the model store, not loaded.' },
    LOADING: { description: 'Being loaded.' },
    READY: { description: 'Loaded and checked.' },
    FAILED: { description: 'Could not be loaded; `error` says why.' },
  },
});

@ObjectType({ description: 'An encoder in the model store.' })
export class Model {
  @Field(() => ID, { description: 'Id of the encoder.' })
  id: string;

  @Field({ description: 'SHA-256 over its files.' })
  revision: string;

  @Field(() => ModelState, { description: 'Whether it can be used.' })
  state: ModelState;

  @Field({ description: 'Whether it is used when none is named.' })
  isDefault: boolean;

  @Field(() => Int, { description: 'Components of an embedding.' })
  dimension: number;

  @Field(() => Int, { description: 'Tokens a text may have, special ones included.' })
  maxTokens: number;

  @Field(() => Int, { description: 'Number of hidden layers.' })
  layers: number;

  @Field({ description: 'Where it runs: cpu, cuda or webgpu.' })
  device: string;

  @Field(() => Float, { description: 'Size of the ONNX file in bytes.' })
  fileBytes: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Largest difference from its golden vectors when it was loaded; absent if it has none.',
  })
  goldenDifference?: number;

  @Field(() => String, { nullable: true, description: 'Why it could not be loaded.' })
  error?: string;

  @Field(() => Provenance, {
    nullable: true,
    description: 'What its embeddings say of where they come from, with default options.',
  })
  provenance?: Provenance;
}

@ObjectType({ description: 'Outcome of loading or unloading an encoder.' })
export class ModelPayload implements Payload {
  @Field(() => Model, { nullable: true, description: 'The encoder after the change; absent if it was not made.' })
  model?: Model;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
