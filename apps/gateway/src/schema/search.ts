import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Answer } from './answer.js';
import { Question } from './question.js';

@ObjectType({ description: 'A question found.' })
export class SearchHit {
  @Field(() => Question, { description: 'The question.' })
  question: Question;

  @Field(() => Float, { description: 'Reciprocal rank fusion: the sum of 1 / (60 + rank) over the lists it is in.' })
  score: number;

  @Field(() => Int, { nullable: true, description: 'Rank in the full-text list, from 1; absent if not in it.' })
  textRank?: number;

  @Field(() => Int, { nullable: true, description: 'Rank in the vector list, from 1; absent if not in it.' })
  vectorRank?: number;

  @Field(() => Float, {
    nullable: true,
    description: "Cosine of the question's embedding to the text's; absent if it has none.",
  })
  similarity?: number;

  @Field({ description: 'A passage with matches between <mark> and </mark>; everything else is HTML-escaped.' })
  highlight: string;
}

@ObjectType({ description: 'Questions found, best first.' })
export class SearchResult {
  @Field(() => [SearchHit], { description: 'Best first.' })
  hits: SearchHit[];

  @Field({ description: 'Whether embeddings took part: false while the inference service cannot be reached.' })
  vectorsUsed: boolean;
}

@ObjectType({ description: 'An answer found for a text.' })
export class AskedAnswer {
  @Field(() => Answer, { description: 'The answer.' })
  answer: Answer;

  @Field(() => Float, { description: 'As in SearchHit.score; higher is better.' })
  score: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Cosine of the answered question to the text; absent if found by words only.',
  })
  similarity?: number;
}

@ObjectType({ description: 'What is known about a text.' })
export class AskResult {
  @Field(() => [AskedAnswer], { description: 'Best answers first.' })
  answers: AskedAnswer[];

  @Field(() => [SearchHit], { description: 'Nearest published questions, answered or not.' })
  similar: SearchHit[];

  @Field({ description: 'True if no topic fits.' })
  unknown: boolean;

  topicId?: string;

  @Field(() => Float, { description: 'Calibrated probability of the topic; 0 if there is no head yet.' })
  confidence: number;

  @Field(() => ID, { nullable: true, description: 'The head that said so; absent if there is none yet.' })
  headId?: string;
}
