import { Field, Float, GraphQLISODateTime, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { Answer } from './answer.js';
import { connectionType } from './connection.js';
import { ContentState } from './content-state.js';
import { Node } from './node.js';
import type { Topic } from './topic.js';

export enum SaidBy {
  PERSON = 'PERSON',
  IMPORT = 'IMPORT',
  MODEL = 'MODEL',
}

registerEnumType(SaidBy, {
  name: 'SaidBy',
  description: 'Who said that a question belongs to a topic. A person outranks an import, an import a model.',
  valuesMap: {
    PERSON: { description: 'Somebody with a key, by hand or by deciding on a suggestion.' },
    IMPORT: { description: 'The source it was imported from.' },
    MODEL: { description: 'A head.' },
  },
});

@ObjectType({ description: 'The fact that a question belongs to a topic.' })
export class Label {
  topicId: string;

  /** If it came with the question. */
  sentTopic?: Topic;

  @Field(() => SaidBy, { nullable: true, description: 'Who said so; not told to callers without a key.' })
  saidBy?: SaidBy;

  @Field(() => String, {
    nullable: true,
    description: "The key's name, the import's source, or the head's id; not told to callers without a key.",
  })
  actor?: string;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: 'When it was said; not told to callers without a key.',
  })
  createdAt?: Date;
}

@ObjectType({ description: 'What the head in use says of a question.' })
export class QuestionClassification {
  topicId?: string;

  @Field({ description: 'True if no topic fits.' })
  unknown: boolean;

  @Field(() => Float, { description: 'Calibrated probability of the topic, 0 to 1.' })
  confidence: number;

  @Field(() => ID, { description: 'The head that said so.' })
  headId: string;

  @Field(() => GraphQLISODateTime, { description: 'When it was said.' })
  createdAt: Date;
}

@ObjectType({ implements: () => [Node], description: 'A text asked, with or without an answer.' })
export class Question implements Node {
  /** If they came with it. */
  sentAnswers?: Answer[];

  @Field(() => ID, { description: 'Id of the question.' })
  id: string;

  @Field({ description: 'Unique short name, made from the text.' })
  slug: string;

  @Field({ description: 'What was asked.' })
  text: string;

  @Field(() => ContentState, { description: 'Where it is in its life.' })
  state: ContentState;

  @Field(() => [String], { description: 'Free words of the editors.' })
  tags: string[];

  @Field(() => String, {
    nullable: true,
    description: 'Where it came from: the name of an import, or "api"; not told to callers without a key.',
  })
  source?: string;

  @Field(() => String, { nullable: true, description: 'Its id in the source; not told to callers without a key.' })
  externalId?: string;

  @Field(() => Label, {
    nullable: true,
    description: 'The label that holds: of the highest rank, then the newest.',
  })
  label?: Label;

  @Field(() => QuestionClassification, {
    nullable: true,
    description: 'What the head in use says; absent before the first classification and to callers without a key.',
  })
  classification?: QuestionClassification;

  @Field({ description: 'Whether it has an embedding of the encoder in use.' })
  embedded: boolean;

  @Field(() => Int, { description: 'Grows by one with every change; give it back as expectedVersion.' })
  version: number;

  @Field(() => GraphQLISODateTime, { description: 'When it came in.' })
  createdAt: Date;

  @Field(() => GraphQLISODateTime, { description: 'When it last changed.' })
  updatedAt: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was published; absent if it never was.' })
  publishedAt?: Date;

  @Field({ description: 'The language it is in, a BCP 47 tag in lower case.' })
  language: string;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: 'When it is going to be published; not told to callers without a key.',
  })
  publishAt?: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was deleted; absent if it is not.' })
  deletedAt?: Date;

  @Field(() => String, { nullable: true, description: 'Who made this version; not told to callers without a key.' })
  changedBy?: string;
}

export const QuestionConnection = connectionType(Question, 'questions');
