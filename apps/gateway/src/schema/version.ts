import { Field, GraphQLISODateTime, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';

export enum ContentKind {
  QUESTION = 'QUESTION',
  ANSWER = 'ANSWER',
  TOPIC = 'TOPIC',
}

registerEnumType(ContentKind, {
  name: 'ContentKind',
  description: 'What has versions.',
  valuesMap: {
    QUESTION: { description: 'A question.' },
    ANSWER: { description: 'An answer.' },
    TOPIC: { description: 'A topic.' },
  },
});

@ObjectType({ description: 'One thing a version consists of.' })
export class VersionField {
  @Field({ description: 'Its name: "text", "body", "tags", "state"...' })
  name: string;

  @Field({ description: 'Its value as text; lists are joined by ", ".' })
  value: string;
}

@ObjectType({ description: 'How something was, or is. A label by a model makes no version.' })
export class ContentVersion {
  @Field(() => Int, { description: 'Its number; it stands for all numbers since the version before it.' })
  version: number;

  @Field(() => String, { nullable: true, description: 'Who made it.' })
  changedBy?: string;

  @Field(() => GraphQLISODateTime, { description: 'When it was made.' })
  changedAt: Date;

  @Field({ description: 'Whether it is the one that holds.' })
  current: boolean;

  @Field(() => [VersionField], { description: 'What it consists of; what is empty is left out.' })
  fields: VersionField[];
}

export const ContentVersionConnection = connectionType(ContentVersion, 'versions');

export enum DiffKind {
  SAME = 'SAME',
  ADDED = 'ADDED',
  REMOVED = 'REMOVED',
}

registerEnumType(DiffKind, {
  name: 'DiffKind',
  description: 'What became of a part of a text.',
  valuesMap: {
    SAME: { description: 'In both versions.' },
    ADDED: { description: 'In the later version only.' },
    REMOVED: { description: 'In the earlier version only.' },
  },
});

@ObjectType({ description: 'A part of a text that is compared.' })
export class DiffPart {
  @Field(() => DiffKind, { description: 'What became of it.' })
  kind: DiffKind;

  @Field({ description: 'Its characters.' })
  text: string;
}

@ObjectType({ description: 'What is different in one field.' })
export class FieldDiff {
  @Field({ description: 'The field.' })
  name: string;

  @Field(() => [DiffPart], {
    description: 'In order. Without the removed parts they make the later value, without the added ones the earlier.',
  })
  parts: DiffPart[];
}

@ObjectType({ description: 'What is different between two versions.' })
export class VersionDiff {
  @Field(() => Int, { description: 'The earlier version.' })
  fromVersion: number;

  @Field(() => Int, { description: 'The later version.' })
  toVersion: number;

  @Field(() => [FieldDiff], { description: 'The fields that differ; empty if none does.' })
  fields: FieldDiff[];
}
