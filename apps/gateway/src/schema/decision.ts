import { Field, GraphQLISODateTime, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { Suggestion } from './suggestion.js';
import { UserError, type Payload } from './user-error.js';

export enum DecisionKind {
  ACCEPT = 'ACCEPT',
  MERGE = 'MERGE',
  REJECT = 'REJECT',
  RENAME = 'RENAME',
  SPLIT = 'SPLIT',
}

registerEnumType(DecisionKind, {
  name: 'DecisionKind',
  description: 'What a person decided on a suggestion.',
  valuesMap: {
    ACCEPT: { description: 'It became a topic.' },
    MERGE: { description: 'Its questions went to a topic or to another suggestion.' },
    REJECT: { description: 'It is no topic.' },
    RENAME: { description: 'It has another title.' },
    SPLIT: { description: 'Its parts are offered instead of it.' },
  },
});

@ObjectType({ description: 'A decision on a suggestion. It can be undone until something builds on it.' })
export class Decision {
  @Field(() => ID, { description: 'Id of the decision.' })
  id: string;

  suggestionId: string;
  topicId?: string;
  otherSuggestionIds: string[];

  @Field(() => DecisionKind, { description: 'What was decided.' })
  kind: DecisionKind;

  @Field({ description: 'Name of the key that decided.' })
  decidedBy: string;

  @Field(() => GraphQLISODateTime, { description: 'When.' })
  decidedAt: Date;

  @Field(() => String, { nullable: true, description: 'Why, if it was said.' })
  reason?: string;

  @Field(() => Int, { description: 'Questions that it labelled.' })
  labelled: number;

  @Field({ description: 'Title of the suggestion before.' })
  titleBefore: string;

  @Field({ description: 'Title after: of the topic, or of the suggestion.' })
  titleAfter: string;

  @Field(() => String, { nullable: true, description: 'Name of the key that undid it; absent: it holds.' })
  undoneBy?: string;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was undone.' })
  undoneAt?: Date;
}

export const DecisionConnection = connectionType(Decision, 'decisions');

@ObjectType({ description: 'Outcome of undoing a decision.' })
export class DecisionPayload implements Payload {
  @Field(() => Decision, { nullable: true, description: 'The decision, undone; absent if that was not possible.' })
  decision?: Decision;

  @Field(() => [UserError], { description: 'Why it was not undone; empty if it was.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'Outcome of splitting a suggestion.' })
export class SplitPayload implements Payload {
  @Field(() => Suggestion, { nullable: true, description: 'The suggestion that was split.' })
  suggestion?: Suggestion;

  @Field(() => [Suggestion], { nullable: true, description: 'The parts that are offered instead, largest first.' })
  parts?: Suggestion[];

  @Field(() => [UserError], { description: 'Why it was not split; empty if it was.' })
  userErrors: UserError[];
}
