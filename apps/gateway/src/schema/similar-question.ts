import { Field, Float, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'A question much like a text.' })
export class SimilarQuestion {
  questionId: string;

  @Field(() => Float, { description: 'Share of groups of three letters in common, 0 to 1.' })
  textSimilarity: number;

  @Field(() => Float, { nullable: true, description: 'Cosine of the embeddings; absent if they were not compared.' })
  vectorSimilarity?: number;

  @Field({ description: 'So alike that it is probably the same question.' })
  duplicate: boolean;
}

@ObjectType({ description: 'Questions much like a text.' })
export class SimilarQuestionsResult {
  @Field(() => [SimilarQuestion], { description: 'Most alike first.' })
  questions: SimilarQuestion[];

  @Field({ description: 'Whether embeddings were compared too, not letters alone.' })
  vectorsUsed: boolean;
}
