import { Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ContentState } from './content-state.js';
import { UserError, type Payload } from './user-error.js';
import { Node } from './node.js';

@ObjectType({ implements: () => [Node], description: 'Published content that answers a question.' })
export class Answer implements Node {
  @Field(() => ID, { description: 'Id of the answer.' })
  id: string;

  questionId: string;

  @Field({ description: 'Markdown.' })
  body: string;

  @Field(() => ContentState, { description: 'Where it is in its life.' })
  state: ContentState;

  @Field(() => Int, { description: 'Grows by one with every change; give it back as expectedVersion.' })
  version: number;

  @Field(() => GraphQLISODateTime, { description: 'When it was written.' })
  createdAt: Date;

  @Field(() => GraphQLISODateTime, { description: 'When it last changed.' })
  updatedAt: Date;
}

@InputType({ description: 'A new answer, a draft at first.' })
export class CreateAnswerInput {
  @Field(() => ID, { description: 'The question it answers.' })
  questionId: string;

  @Field({ description: 'Markdown.' })
  body: string;
}

@InputType({ description: 'Changes to an answer.' })
export class UpdateAnswerInput {
  @Field({ description: 'New text, Markdown.' })
  body: string;
}

@ObjectType({ description: 'Outcome of a change to an answer.' })
export class AnswerPayload implements Payload {
  @Field(() => Answer, { nullable: true, description: 'The answer after the change; absent if it was not made.' })
  answer?: Answer;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
