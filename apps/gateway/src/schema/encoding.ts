import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum Pooling {
  MEAN = 'MEAN',
  CLS = 'CLS',
}

registerEnumType(Pooling, {
  name: 'Pooling',
  description: 'How the token vectors become one.',
  valuesMap: {
    MEAN: { description: 'Mean over the tokens that are not padding.' },
    CLS: { description: 'The first token.' },
  },
});

@ObjectType({ description: 'Where an embedding comes from. Only embeddings of equal provenance may be compared.' })
export class Provenance {
  @Field(() => ID, { description: 'The encoder.' })
  encoderId: string;

  @Field({ description: "SHA-256 over the encoder's files." })
  revision: string;

  @Field(() => Int, { description: 'Hidden layer it was pooled from; -1 is the last.' })
  layer: number;

  @Field(() => Pooling, { description: 'How the token vectors became one.' })
  pooling: Pooling;

  @Field({ description: 'Whether it was scaled to unit L2 norm.' })
  normalized: boolean;

  @Field(() => Int, { description: 'Number of components.' })
  dimension: number;
}

@ObjectType({ description: 'Why one text of several was not encoded. The others were.' })
export class TextError {
  @Field({ description: 'A code, for example INVALID_INPUT.' })
  code: string;

  @Field({ description: 'What is wrong and what to do.' })
  message: string;
}

@ObjectType({ description: 'The embedding of one text.' })
export class Embedding {
  /** A view into the row of the answer: `[dimension]`. */
  vector?: Float32Array;

  @Field(() => Int, { description: 'Tokens the text has, special ones included, before any cut.' })
  tokens: number;

  @Field({ description: 'Whether tokens were cut off.' })
  truncated: boolean;

  @Field(() => TextError, { nullable: true, description: 'Why there is no embedding; absent if there is one.' })
  error?: TextError;
}

@ObjectType({ description: 'Embeddings of texts.' })
export class EmbedResult {
  @Field(() => [Embedding], { description: 'One per text, in order.' })
  embeddings: Embedding[];

  @Field(() => Provenance, { nullable: true, description: 'Where all of them come from.' })
  provenance?: Provenance;
}

@ObjectType({ description: 'A topic a text may belong to.' })
export class TopicCandidate {
  @Field(() => ID, { description: 'Class of the head: the id of the topic.' })
  topicId: string;

  @Field(() => Float, { description: 'Calibrated probability, 0 to 1.' })
  probability: number;
}

@ObjectType({ description: 'What a head says of one text.' })
export class TextClassification {
  topicId?: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True if no topic fits; absent if the text was not classified.',
  })
  unknown?: boolean;

  @Field(() => Float, { nullable: true, description: 'Calibrated probability of the topic.' })
  confidence?: number;

  @Field(() => [TopicCandidate], {
    description: 'Most probable topics first; for unknown texts the nearest ones. Empty if it was not classified.',
  })
  candidates: TopicCandidate[];

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

  @Field(() => ID, { description: 'The head that answered.' })
  headId: string;
}
