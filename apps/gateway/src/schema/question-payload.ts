import { Field, ObjectType } from '@nestjs/graphql';
import { Question } from './question.js';
import { AskResult } from './search.js';
import { UserError, type Payload } from './user-error.js';

@ObjectType({ description: 'Outcome of a change to a question.' })
export class QuestionPayload implements Payload {
  @Field(() => Question, { nullable: true, description: 'The question after the change; absent if it was not made.' })
  question?: Question;

  @Field(() => Question, { nullable: true, description: 'With CONFLICT: the question as it is now.' })
  current?: Question;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'Outcome of asking and keeping the question.' })
export class RecordQuestionPayload implements Payload {
  @Field(() => Question, { nullable: true, description: 'The incoming question; absent if it was not kept.' })
  question?: Question;

  @Field(() => AskResult, { nullable: true, description: 'What is known about it.' })
  result?: AskResult;

  @Field(() => [UserError], { description: 'Why it was not kept; empty if it was.' })
  userErrors: UserError[];
}
