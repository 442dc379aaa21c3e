import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum Pooling {
  MEAN = 'MEAN',
  CLS = 'CLS',
  MAX = 'MAX',
  LAST = 'LAST',
  MEAN_MAX = 'MEAN_MAX',
  MEAN_CLS_MAX = 'MEAN_CLS_MAX',
}

registerEnumType(Pooling, {
  name: 'Pooling',
  description: 'How the token vectors become one.',
  valuesMap: {
    MEAN: { description: 'Mean over the tokens that are not padding.' },
    CLS: { description: 'The first token.' },
    MAX: { description: 'Largest value of each component over the tokens that are not padding.' },
    LAST: { description: 'The last token that is not padding.' },
    MEAN_MAX: { description: 'Mean and largest values end to end: twice the components, more for a head to read.' },
    MEAN_CLS_MAX: { description: 'Mean, the first token and largest values end to end: three times the components.' },
  },
});

@ObjectType({ description: 'Where an embedding comes from. Only embeddings of equal provenance may be compared.' })
export class Provenance {
  @Field(() => ID, { description: 'The encoder.' })
  encoderId: string;

  @Field({ description: "SHA-256 over the encoder's files." })
  revision: string;

  @Field(() => Int, { description: 'Hidden layer it was pooled from; -1 is the last. Of several, the first.' })
  layer: number;

  @Field(() => String, {
    nullable: true,
    description: 'How several layers became one, for example "mean(-1,3)"; absent for one layer.',
  })
  layers?: string;

  @Field(() => Pooling, { description: 'How the token vectors became one.' })
  pooling: Pooling;

  @Field({ description: 'Whether it was scaled to unit L2 norm.' })
  normalized: boolean;

  @Field(() => Int, { description: 'Number of components.' })
  dimension: number;
}

@ObjectType({ description: 'Why one text of several was not encoded. The others were.' })
export class TextError {
  @Field(() => Int, { description: 'Position of the text in the request, from 0.' })
  index: number;

  @Field({ description: 'A code, for example INVALID_INPUT.' })
  code: string;

  @Field({ description: 'What is wrong and what to do.' })
  message: string;
}

@ObjectType({ description: 'Where the time of a request went, in milliseconds.' })
export class EncodingTimings {
  @Field(() => Float, { description: 'Texts to tokens.' })
  tokenizationMs: number;

  @Field(() => Float, { description: 'Waiting for the model.' })
  queueMs: number;

  @Field(() => Float, { description: 'In the model.' })
  inferenceMs: number;
}

@ObjectType({ description: 'The embedding of one text.' })
export class Embedding {
  @Field(() => Int, { description: 'Tokens the text has, special ones included, before any cut.' })
  tokens: number;

  @Field({ description: 'Whether tokens were cut off.' })
  truncated: boolean;

  @Field(() => [Float], { nullable: true, description: 'Its components; absent if the text was not encoded.' })
  values?: number[];

  @Field(() => String, {
    nullable: true,
    description: 'Its components as base64 of little-endian float32: a fifth of the size of `values`.',
  })
  base64?: string;

  @Field(() => TextError, { nullable: true, description: 'Why there is no embedding; absent if there is one.' })
  error?: TextError;
}

@ObjectType({ description: 'Embeddings of texts.' })
export class EmbedResult {
  @Field(() => [Embedding], { description: 'One per text, in order.' })
  embeddings: Embedding[];

  @Field({
    description:
      'All embeddings as one: base64 of a row-major matrix of little-endian float32, `[texts, provenance.dimension]`. ' +
      'Rows of texts that were not encoded are zero; `errors` lists them. The cheapest way to many embeddings.',
  })
  packed: string;

  @Field(() => [TextError], { description: 'Texts that were not encoded.' })
  errors: TextError[];

  @Field(() => Provenance, { nullable: true, description: 'Where all of them come from.' })
  provenance?: Provenance;

  @Field(() => EncodingTimings, { nullable: true, description: 'Where the time went.' })
  timings?: EncodingTimings;
}

@ObjectType({ description: 'A class a text may belong to: a topic, or a class of a model with its own head.' })
export class ClassCandidate {
  @Field({ description: 'The class by the name the head has for it: a topic id, or a class of the model.' })
  label: string;

  @Field(() => ID, { nullable: true, description: 'Id of the topic; absent for classes of a model.' })
  topicId?: string;

  @Field(() => Float, { description: 'Calibrated probability, 0 to 1; as it comes for classes of a model.' })
  probability: number;
}

@ObjectType({ description: 'Why a text is known or unknown: the topic it is nearest to.' })
export class NearestClass {
  @Field({ description: 'The class by the name the head has for it: a topic id.' })
  label: string;

  @Field(() => Float, { description: '1 - cosine, 0 to 2: 0 is the same.' })
  distance: number;

  @Field({ description: 'What of the class is nearest: a single "example", or its "centroid".' })
  to: string;
}

@ObjectType({ description: 'How it was told whether a text is known: `score` was compared with `threshold`.' })
export class KnownVerdict {
  @Field({
    description: 'The quantity that was compared: probability, energy, centroid, radius, neighbour or combined.',
  })
  detector: string;

  @Field(() => Float, { description: 'Its value for the text; higher is more known.' })
  score: number;

  @Field(() => Float, { description: 'Texts whose score is below are unknown.' })
  threshold: number;

  @Field(() => NearestClass, { nullable: true, description: 'The topic the text is nearest to.' })
  nearest?: NearestClass;
}

@ObjectType({ description: 'What a head says of one text.' })
export class TextClassification {
  topicId?: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True if no class fits; absent if the text was not classified.',
  })
  unknown?: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Most probable class, as in `candidates`; for unknown texts the nearest one.',
  })
  label?: string;

  @Field(() => Float, { nullable: true, description: 'Probability of the most probable class.' })
  confidence?: number;

  @Field(() => KnownVerdict, {
    nullable: true,
    description: 'How it was told whether the text is known; absent for classifiers with a head of their own.',
  })
  because?: KnownVerdict;

  @Field(() => [ClassCandidate], {
    description: 'Most probable classes first; for unknown texts the nearest ones. Empty if it was not classified.',
  })
  candidates: ClassCandidate[];

  @Field(() => Int, { description: 'Tokens the text has, special ones included, before any cut.' })
  tokens: number;

  @Field({ description: 'Whether tokens were cut off.' })
  truncated: boolean;

  @Field(() => TextError, { nullable: true, description: 'Why the text was not classified; absent if it was.' })
  error?: TextError;
}

@ObjectType({ description: 'What a head says of texts.' })
export class ClassifyResult {
  @Field(() => [TextClassification], { description: 'One per text, in order.' })
  classifications: TextClassification[];

  @Field(() => ID, {
    nullable: true,
    description: 'The head that answered; absent if the model is a classifier with a head of its own.',
  })
  headId?: string;

  @Field(() => EncodingTimings, { nullable: true, description: 'Where the time went.' })
  timings?: EncodingTimings;
}
