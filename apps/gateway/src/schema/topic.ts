import { Field, GraphQLISODateTime, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { UserError, type Payload } from './user-error.js';
import { Node } from './node.js';

export enum TopicState {
  ACTIVE = 'ACTIVE',
  ARCHIVED = 'ARCHIVED',
}

registerEnumType(TopicState, {
  name: 'TopicState',
  description: 'Whether a topic is in use.',
  valuesMap: {
    ACTIVE: { description: 'Questions are assigned to it.' },
    ARCHIVED: { description: 'Not offered to the head any more; its questions keep their labels.' },
  },
});

@ObjectType({ implements: () => [Node], description: 'A class that questions are assigned to.' })
export class Topic implements Node {
  @Field(() => ID, { description: 'Id of the topic.' })
  id: string;

  @Field({ description: 'Unique short name for addresses.' })
  slug: string;

  @Field({ description: 'Name for people.' })
  title: string;

  @Field({ description: 'What belongs to it; may be empty.' })
  description: string;

  @Field(() => TopicState, { description: 'Whether it is in use.' })
  state: TopicState;

  @Field(() => Int, { description: 'Grows by one with every change; give it back as expectedVersion.' })
  version: number;

  @Field(() => Int, { description: 'Questions whose effective label is this topic.' })
  questionCount?: number;

  @Field(() => Int, { description: 'Those of them that a person or an import has labelled.' })
  labelledCount?: number;

  @Field(() => GraphQLISODateTime, { description: 'When it was made.' })
  createdAt: Date;

  @Field(() => GraphQLISODateTime, { description: 'When it last changed.' })
  updatedAt: Date;

  parentId?: string;

  mergedIntoId?: string;

  @Field(() => String, { nullable: true, description: 'Who made this version; not told to callers without a key.' })
  changedBy?: string;
}

export const TopicConnection = connectionType(Topic, 'topics');

@InputType({ description: 'A new topic.' })
export class CreateTopicInput {
  @Field({ description: 'Name for people.' })
  title: string;

  @Field(() => String, { nullable: true, description: 'Unique short name; made from the title if absent.' })
  slug?: string | null;

  @Field(() => String, { nullable: true, description: 'What belongs to it.' })
  description?: string | null;

  @Field(() => ID, { nullable: true, description: 'The topic it lies below; at the top of the tree if absent.' })
  parentId?: string | null;
}

@InputType({ description: 'Changes to a topic; absent fields stay.' })
export class UpdateTopicInput {
  @Field(() => String, { nullable: true, description: 'New name.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'New description.' })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'A new address; the old one leads to it.' })
  slug?: string | null;
}

@ObjectType({ description: 'Outcome of a change to a topic.' })
export class TopicPayload implements Payload {
  @Field(() => Topic, { nullable: true, description: 'The topic after the change; absent if it was not made.' })
  topic?: Topic;

  @Field(() => Topic, { nullable: true, description: 'With CONFLICT: the topic as it is now.' })
  current?: Topic;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
