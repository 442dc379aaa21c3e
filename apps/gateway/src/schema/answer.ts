import { Field, Float, GraphQLISODateTime, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
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

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: 'When it is going to be published; not told to callers without a key.',
  })
  publishAt?: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was deleted; absent if it is not.' })
  deletedAt?: Date;

  @Field(() => String, { nullable: true, description: 'Who made this version; not told to callers without a key.' })
  changedBy?: string;

  @Field(() => Int, { description: 'Votes that found it helpful.' })
  helpful: number;

  @Field(() => Int, { description: 'Votes that did not.' })
  unhelpful: number;

  @Field(() => Float, {
    description: 'The share that found it helpful, with two imaginary votes on either side: 0.5 without votes.',
  })
  score: number;

  @Field({ description: 'So many found it unhelpful that somebody should look at it; told to the team.' })
  flagged: boolean;
}

export const AnswerConnection = connectionType(Answer, 'answers');

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

  @Field(() => Answer, { nullable: true, description: 'With CONFLICT: the answer as it is now.' })
  current?: Answer;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
