import { Field, Float, GraphQLISODateTime, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { UserError, UserErrorCode, type Payload } from './user-error.js';

export enum ReviewVerdict {
  TOPIC = 'TOPIC',
  NONE = 'NONE',
  SKIP = 'SKIP',
  ARCHIVE = 'ARCHIVE',
}

registerEnumType(ReviewVerdict, {
  name: 'ReviewVerdict',
  description: 'What a person decides about a question.',
  valuesMap: {
    TOPIC: { description: 'It belongs to a topic.' },
    NONE: { description: 'No topic fits.' },
    SKIP: { description: 'Let somebody else decide: it is not shown to this person again.' },
    ARCHIVE: { description: 'It is no question for this knowledge base.' },
  },
});

@ObjectType({ description: 'A question that waits for a person, with what makes it valuable to look at.' })
export class ReviewItem {
  questionId: string;

  @Field(() => Float, { description: 'How much it is worth to look at, 0 to 1, from the three figures below.' })
  value: number;

  @Field(() => Float, { description: '1 for unknown questions; for others 1 minus the confidence of the head.' })
  uncertainty: number;

  @Field(() => Int, { description: 'Size of its cluster in the newest clustering; 0 if it is in none.' })
  clusterSize: number;

  @Field(() => Float, { description: 'Days it has waited.' })
  ageDays: number;

  @Field(() => Int, { description: 'People who have labelled it.' })
  annotations: number;

  @Field(() => String, { nullable: true, description: 'Who looks at it; absent if nobody does.' })
  claimedBy?: string;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Until when.' })
  leaseUntil?: Date;
}

@ObjectType({ description: 'Questions that wait for a person, the most valuable first.' })
export class ReviewQueueResult {
  @Field(() => [ReviewItem], { description: 'The questions.' })
  items: ReviewItem[];

  @Field(() => Int, { nullable: true, description: 'How many wait. Costs a count: ask only when shown.' })
  totalCount?: number;
}

@ObjectType({ description: 'Outcome of claiming questions.' })
export class ClaimReviewPayload implements Payload {
  @Field(() => [ReviewItem], {
    nullable: true,
    description: 'What the caller holds now; absent if nothing was asked for.',
  })
  items?: ReviewItem[];

  @Field(() => [UserError], { description: 'Why nothing was claimed; empty if it was.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'Outcome of keeping or giving back questions.' })
export class ReviewClaimsPayload implements Payload {
  @Field(() => [ID], { nullable: true, description: 'The questions it was done for; others were not held any more.' })
  questionIds?: string[];

  @Field(() => [UserError], { description: 'Why nothing was done; empty if it was.' })
  userErrors: UserError[];
}

@InputType({ description: 'A decision about one question.' })
export class ReviewDecisionInput {
  @Field(() => ID, { description: 'The question.' })
  questionId: string;

  @Field(() => Int, { description: 'Its version when it was read; refused with CONFLICT if it has another one now.' })
  expectedVersion: number;

  @Field(() => ReviewVerdict, { description: 'What is decided.' })
  verdict: ReviewVerdict;

  @Field(() => ID, { nullable: true, description: 'With TOPIC: which one.' })
  topicId?: string | null;
}

@ObjectType({ description: 'What became of one decision.' })
export class ReviewDecisionResult {
  questionId: string;

  @Field(() => Int, { nullable: true, description: "The question's version after the decision; absent if refused." })
  version?: number;

  @Field(() => UserErrorCode, { nullable: true, description: 'If it was refused: what kind of fault.' })
  code?: UserErrorCode;

  @Field(() => String, { nullable: true, description: 'If it was refused: the field that is wrong.' })
  field?: string;

  @Field(() => String, { nullable: true, description: 'If it was refused: what is wrong and what to do.' })
  message?: string;

  @Field(() => Int, { nullable: true, description: 'With CONFLICT over a version: the one that holds now.' })
  currentVersion?: number;
}

@ObjectType({ description: 'Outcome of many decisions.' })
export class DecideReviewPayload implements Payload {
  @Field(() => [ReviewDecisionResult], { nullable: true, description: 'One per decision, in order.' })
  results?: ReviewDecisionResult[];

  @Field(() => [UserError], { description: 'Why none was looked at; empty if they were.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'What one person said of a question.' })
export class Annotation {
  topicId?: string;

  @Field({ description: 'Who said it.' })
  annotator: string;

  @Field(() => ReviewVerdict, { description: 'What was said.' })
  verdict: ReviewVerdict;

  @Field(() => GraphQLISODateTime, { description: 'When it was said.' })
  createdAt: Date;
}

@ObjectType({ description: 'How far two people agree.' })
export class PairAgreement {
  @Field({ description: 'One of them.' })
  first: string;

  @Field({ description: 'The other.' })
  second: string;

  @Field(() => Int, { description: 'Questions that both labelled.' })
  questions: number;

  @Field(() => Float, { description: "Cohen's kappa: agreement beyond chance, 1 at most." })
  cohenKappa: number;
}

@ObjectType({ description: 'How far people agree where several labelled the same question.' })
export class Agreement {
  disputedQuestionIds: string[];

  @Field(() => Int, { description: 'Questions that two people at least have labelled.' })
  questions: number;

  @Field(() => Int, { description: 'Labels of these questions.' })
  annotations: number;

  @Field(() => Int, { description: 'People who gave them.' })
  annotators: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Krippendorff's alpha: 1 for perfect agreement, 0 for that of chance; absent if nothing was labelled twice.",
  })
  krippendorffAlpha?: number;

  @Field(() => [PairAgreement], { description: 'Pairs of people, those with most questions in common first.' })
  pairs: PairAgreement[];
}

@ObjectType({ description: 'A question whose label would help.' })
export class QuestionToLabel {
  questionId: string;

  @Field(() => Float, { description: '1 for unknown questions; for others 1 minus the confidence of the head.' })
  uncertainty: number;

  @Field(() => Float, { description: 'Cosine distance to the nearest question that is labelled or chosen before it.' })
  distance: number;
}
