import { Field, GraphQLISODateTime, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { Topic } from './topic.js';
import { UserError, type Payload } from './user-error.js';

export enum TopicOperationKind {
  MOVE = 'MOVE',
  MERGE = 'MERGE',
  SPLIT = 'SPLIT',
}

registerEnumType(TopicOperationKind, {
  name: 'TopicOperationKind',
  description: 'What was done with topics.',
  valuesMap: {
    MOVE: { description: 'A topic was put below another, or at the top.' },
    MERGE: { description: 'The questions of a topic went to another.' },
    SPLIT: { description: 'Some questions of a topic went to new ones.' },
  },
});

@ObjectType({ description: 'A change of the tree of topics that can be undone.' })
export class TopicOperation {
  @Field(() => ID, { description: 'Id of the operation.' })
  id: string;

  @Field(() => TopicOperationKind, { description: 'What was done.' })
  kind: TopicOperationKind;

  topicId: string;

  targetIds: string[];

  @Field(() => Int, { description: 'Labels that it changed.' })
  labels: number;

  @Field({ description: 'Who did it.' })
  doneBy: string;

  @Field(() => GraphQLISODateTime, { description: 'When it was done.' })
  doneAt: Date;

  @Field(() => String, { nullable: true, description: 'Who undid it; absent if it holds.' })
  undoneBy?: string;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was undone; absent if it holds.' })
  undoneAt?: Date;
}

export const TopicOperationConnection = connectionType(TopicOperation, 'topic operations');

@InputType({ description: 'A topic that is split off.' })
export class SplitPartInput {
  @Field({ description: 'Name for people.' })
  title: string;

  @Field(() => String, { nullable: true, description: 'Unique short name; made from the title if absent.' })
  slug?: string | null;

  @Field(() => String, { nullable: true, description: 'What belongs to it.' })
  description?: string | null;

  @Field(() => [ID], { description: 'Questions that go there; they belong to the topic that is split.' })
  questionIds: string[];
}

@InputType({ description: 'Which topics are made of one.' })
export class SplitTopicInput {
  @Field(() => [SplitPartInput], { description: 'Up to 50 new topics, with up to 10,000 questions in all.' })
  parts: SplitPartInput[];

  @Field({ defaultValue: false, description: 'Below the topic instead of beside it.' })
  asChildren: boolean;
}

@ObjectType({ description: 'Outcome of a change of the tree of topics.' })
export class TopicOperationPayload implements Payload {
  @Field(() => TopicOperation, { nullable: true, description: 'What was done; absent if nothing was.' })
  operation?: TopicOperation;

  @Field(() => Topic, { nullable: true, description: 'With CONFLICT: the topic as it is now.' })
  current?: Topic;

  @Field(() => [UserError], { description: 'Why nothing was done; empty if it was.' })
  userErrors: UserError[];
}
