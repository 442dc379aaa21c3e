import { Field, ID, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'Counts for an overview.' })
export class Status {
  @Field(() => Int, { description: 'Questions.' })
  questions: number;

  @Field(() => Int, { description: 'Published questions.' })
  published: number;

  @Field(() => Int, { description: 'Answers.' })
  answers: number;

  @Field(() => Int, { description: 'Topics in use.' })
  topics: number;

  @Field(() => Int, { description: 'Questions labelled by a person or an import.' })
  labelled: number;

  @Field(() => Int, { description: 'Questions with an embedding of the encoder in use.' })
  embedded: number;

  @Field(() => Int, { description: 'Questions the head in use has classified.' })
  classified: number;

  @Field(() => Int, { description: 'Questions the head in use calls unknown.' })
  unknown: number;

  @Field(() => Int, { description: 'Suggestions to decide on.' })
  pendingSuggestions: number;

  @Field(() => Int, {
    description:
      'Answers whose passages have no embeddings of the encoder in use yet: search finds them by words only.',
  })
  answersWithoutPassages: number;

  @Field(() => ID, { nullable: true, description: 'The encoder in use.' })
  encoderId?: string;

  headId?: string;

  @Field({ description: '"embedded" or "postgres".' })
  database: string;
}
