import { Field, Float, GraphQLISODateTime, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { UserError, type Payload } from './user-error.js';
import { Node } from './node.js';

export enum SuggestionState {
  PENDING = 'PENDING',
  ACCEPTED = 'ACCEPTED',
  MERGED = 'MERGED',
  REJECTED = 'REJECTED',
  SUPERSEDED = 'SUPERSEDED',
  SPLIT = 'SPLIT',
}

registerEnumType(SuggestionState, {
  name: 'SuggestionState',
  description: 'What was decided on a suggestion.',
  valuesMap: {
    PENDING: { description: 'Nothing yet.' },
    ACCEPTED: { description: 'It became a topic.' },
    MERGED: { description: 'Its questions went to a topic that was there, or to another suggestion.' },
    REJECTED: { description: 'It is no topic.' },
    SUPERSEDED: { description: 'A newer clustering of the same questions did not find it again.' },
    SPLIT: { description: 'Its parts are offered instead of it.' },
  },
});

@ObjectType({ description: 'A topic near a cluster.' })
export class NearTopic {
  topicId: string;

  @Field(() => Float, { description: '1 - cosine between the centroids.' })
  distance: number;
}

@ObjectType({ implements: () => [Node], description: 'A cluster offered as a new topic.' })
export class Suggestion implements Node {
  @Field(() => ID, { description: 'Id of the suggestion.' })
  id: string;

  clusteringId: string;
  exemplarIds: string[];
  topicId?: string;
  mergedIntoId?: string;
  parentId?: string;

  @Field({ description: 'Proposed title, from the keywords; or the one a person gave it.' })
  title: string;

  @Field(() => [String], { description: 'By class-based TF-IDF, best first.' })
  keywords: string[];

  @Field(() => Int, { description: 'Its questions, with those assigned later.' })
  size: number;

  @Field(() => Int, { description: 'Questions that came after the run and were assigned without a new one.' })
  assignedLater: number;

  @Field({ description: 'A person gave it the title; new runs leave that.' })
  renamed: boolean;

  @Field({ description: 'A person merged or split it; new runs leave its questions.' })
  edited: boolean;

  @Field(() => ID, { nullable: true, description: 'The last decision on it, which can be undone.' })
  lastDecisionId?: string;

  @Field(() => Float, { description: 'Mean cosine of the members to the centroid.' })
  cohesion: number;

  @Field(() => Float, { description: 'Distance to the nearest other centroid.' })
  separation: number;

  @Field(() => Float, { description: 'Mean silhouette of its members, -1 to 1.' })
  silhouette: number;

  @Field(() => [NearTopic], { description: 'Topics that are there already, nearest first.' })
  nearestTopics: NearTopic[];

  @Field(() => SuggestionState, { description: 'What was decided.' })
  state: SuggestionState;

  @Field(() => String, { nullable: true, description: 'Name of the key that decided.' })
  decidedBy?: string;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was decided.' })
  decidedAt?: Date;

  @Field(() => String, { nullable: true, description: 'Why, if it was said.' })
  reason?: string;

  @Field(() => Int, { description: 'Grows by one with every change; give it back as expectedVersion.' })
  version: number;

  @Field(() => GraphQLISODateTime, { description: 'When it was made.' })
  createdAt: Date;
}

export const SuggestionConnection = connectionType(Suggestion, 'suggestions');

@InputType({ description: 'How a suggestion becomes a topic.' })
export class AcceptSuggestionInput {
  @Field(() => String, { nullable: true, description: 'Title of the topic; the proposed one if absent.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'What belongs to it.' })
  description?: string | null;

  @Field(() => ID, { nullable: true, description: 'The topic above it; none if absent.' })
  parentTopicId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Members that do not belong; they stay unlabelled.' })
  excludeQuestionIds?: string[] | null;
}

@InputType({ description: 'Where the questions of a suggestion go: to a topic or to another suggestion.' })
export class MergeSuggestionInput {
  @Field(() => ID, { nullable: true, description: 'A topic that is there.' })
  topicId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Another pending suggestion.' })
  suggestionId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Members that do not belong; they stay unlabelled.' })
  excludeQuestionIds?: string[] | null;
}

@ObjectType({ description: 'Outcome of a decision on a suggestion.' })
export class SuggestionPayload implements Payload {
  @Field(() => Suggestion, {
    nullable: true,
    description: 'The suggestion after the decision; absent if it was not made.',
  })
  suggestion?: Suggestion;

  @Field(() => [UserError], { description: 'Why the decision was not made; empty if it was.' })
  userErrors: UserError[];
}
