import { Field, Float, GraphQLISODateTime, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { UserError, type Payload } from './user-error.js';

@ObjectType({ description: 'How one head does in an evaluation.' })
export class EvaluatedHead {
  @Field(() => ID, { description: 'The head.' })
  headId: string;

  @Field(() => Float, { description: 'Share of questions whose most probable topic is right.' })
  accuracy: number;

  @Field(() => Float, { description: 'Mean F1 over the topics.' })
  macroF1: number;

  @Field(() => Float, { description: 'Expected calibration error, 15 bins.' })
  ece: number;

  @Field(() => Float, { description: 'Share of the same questions that are not called unknown.' })
  kept: number;

  @Field(() => Float, { description: 'Share that is right and not called unknown: what users are answered.' })
  answered: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of questions of topics no head knows that are called unknown; absent without any.',
  })
  unknownRecall?: number;

  @Field(() => Float, {
    nullable: true,
    description: 'How well scores tell them from the others: area under the ROC curve; absent without any.',
  })
  unknownAuroc?: number;

  @Field({ description: 'Its unknown detector: the quantity it compares.' })
  unknownMethod: string;

  @Field(() => Float, {
    description:
      'Area under the ROC curve with topics left out in turn as the unknown, as its own training measured it.',
  })
  leftOutAuroc: number;

  @Field(() => Float, { description: 'Share of left-out texts called unknown then.' })
  leftOutUnknownRecall: number;

  @Field(() => Float, { description: 'Share of known texts kept then.' })
  leftOutKnownRecall: number;
}

@ObjectType({ description: 'One topic in an evaluation.' })
export class EvaluatedTopic {
  topicId: string;

  @Field(() => Int, { description: 'Questions of the topic.' })
  examples: number;

  @Field(() => Float, { description: 'Share of its assignments that are right.' })
  precision: number;

  @Field(() => Float, { description: 'Share of its questions that were found.' })
  recall: number;

  @Field(() => Float, { description: 'Harmonic mean of precision and recall.' })
  f1: number;

  @Field(() => Float, { nullable: true, description: 'F1 of the head it is compared with; absent without one.' })
  f1Against?: number;

  takenForTopicId?: string;

  @Field(() => Int, { description: 'How often it is taken for `takenFor`.' })
  takenForCount: number;
}

@ObjectType({ description: 'A cell of the confusion matrix that is not 0.' })
export class ConfusionCell {
  topicId: string;
  saidTopicId?: string;

  @Field(() => Int, { description: 'Questions.' })
  count: number;
}

@ObjectType({
  description:
    'A head measured on labels it has not learned from, beside another head on the same labels. A head is fitted on all labels before it serves; what is compared are verdicts of the same training on labels that were held out, and verdicts on labels that came later.',
})
export class Evaluation {
  @Field(() => ID, { description: 'Id of the evaluation.' })
  id: string;

  @Field(() => EvaluatedHead, { description: 'Figures of the head.' })
  figures: EvaluatedHead;

  @Field(() => EvaluatedHead, {
    nullable: true,
    description: 'Figures of the head it is compared with, if there is one.',
  })
  figuresAgainst?: EvaluatedHead;

  @Field(() => Int, { description: 'Questions of topics that a head knows.' })
  examples: number;

  @Field(() => Int, { description: 'Questions of topics that no head knows: right is unknown.' })
  strangers: number;

  @Field(() => Int, { description: 'Labels left out, mostly because one of the two has learned from them.' })
  leftOut: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "McNemar's test, exact: the probability of accuracies so far apart if the heads were equally good. Absent without a second head.",
  })
  pValue?: number;

  @Field(() => Int, { description: 'Questions that the two say different things of.' })
  changed: number;

  @Field(() => Int, { description: 'Those of them that are right now.' })
  fixed: number;

  @Field(() => Int, { description: 'Those of them that were right before.' })
  broken: number;

  @Field(() => [EvaluatedTopic], { description: 'Topics that have questions here, or were said.' })
  topics: EvaluatedTopic[];

  @Field(() => [ConfusionCell], { description: 'Confusion matrix of the head.' })
  confusion: ConfusionCell[];

  jobId: string;

  @Field(() => GraphQLISODateTime, { description: 'When it was made.' })
  createdAt: Date;
}

export const EvaluationConnection = connectionType(Evaluation, 'evaluations');

export enum EvaluationChangeKind {
  FIXED = 'FIXED',
  BROKEN = 'BROKEN',
  OTHERWISE_WRONG = 'OTHERWISE_WRONG',
}

registerEnumType(EvaluationChangeKind, {
  name: 'EvaluationChangeKind',
  description: 'What became of an answer.',
  valuesMap: {
    FIXED: { description: 'It is right now.' },
    BROKEN: { description: 'It was right before.' },
    OTHERWISE_WRONG: { description: 'It was wrong and is wrong in another way.' },
  },
});

@ObjectType({ description: 'A question that two heads say different things of.' })
export class EvaluationChange {
  questionId: string;
  topicId?: string;
  saidTopicId?: string;
  saidAgainstTopicId?: string;

  @Field({ description: 'The text that was judged.' })
  text: string;

  @Field(() => EvaluationChangeKind, { description: 'What became of the answer.' })
  change: EvaluationChangeKind;

  @Field(() => Float, { description: 'Probability of the most probable topic by the head.' })
  confidence: number;

  @Field(() => Float, { description: 'The same by the head it is compared with.' })
  confidenceAgainst: number;
}

export const EvaluationChangeConnection = connectionType(EvaluationChange, 'changed questions');

export enum PromotionCause {
  PERSON = 'PERSON',
  TRAINING = 'TRAINING',
  RULE = 'RULE',
  ROLLBACK = 'ROLLBACK',
}

registerEnumType(PromotionCause, {
  name: 'PromotionCause',
  description: 'What put a head in use.',
  valuesMap: {
    PERSON: { description: 'Somebody promoted it.' },
    TRAINING: { description: 'Its training was asked to, if it is not worse.' },
    RULE: { description: 'The promotion rule.' },
    ROLLBACK: { description: 'Somebody went back to it.' },
  },
});

@ObjectType({ description: 'A head was put in use.' })
export class Promotion {
  @Field(() => ID, { description: 'Id of the promotion.' })
  id: string;

  headId: string;
  previousHeadId?: string;
  evaluationId?: string;

  @Field(() => PromotionCause, { nullable: true, description: 'What did it; absent where that was not kept.' })
  cause?: PromotionCause;

  @Field({ description: 'Why, in a sentence.' })
  reason: string;

  @Field(() => String, { nullable: true, description: 'Name of the key that asked for it, or started the training.' })
  actor?: string;

  @Field(() => GraphQLISODateTime, { description: 'When.' })
  createdAt: Date;
}

export const PromotionConnection = connectionType(Promotion, 'promotions');

@ObjectType({
  description:
    'When a training puts its head in use by itself: all of it on labels that neither head has learned from.',
})
export class PromotionRule {
  @Field({ description: 'Off: only if the training is asked to.' })
  enabled: boolean;

  @Field(() => Float, { description: 'Accuracy minus that of the head in use, at least; 0.01 is a percentage point.' })
  minAccuracyGain: number;

  @Field(() => Float, { description: "McNemar's p-value, at most; 1: whatever it is." })
  maxPValue: number;

  @Field(() => Float, { description: 'Expected calibration error, at most; 1: whatever it is.' })
  maxEce: number;
}

@InputType({ description: 'What of the promotion rule is to change; absent fields stay.' })
export class PromotionRuleInput {
  @Field(() => Boolean, { nullable: true, description: 'Whether trainings may put their heads in use by themselves.' })
  enabled?: boolean | null;

  @Field(() => Float, { nullable: true, description: 'Accuracy gain, at least: 0.01 is a percentage point.' })
  minAccuracyGain?: number | null;

  @Field(() => Float, { nullable: true, description: "McNemar's p-value, at most." })
  maxPValue?: number | null;

  @Field(() => Float, { nullable: true, description: 'Expected calibration error, at most.' })
  maxEce?: number | null;
}

@ObjectType({ description: 'Outcome of changing the promotion rule.' })
export class PromotionRulePayload implements Payload {
  @Field(() => PromotionRule, { nullable: true, description: 'The rule now; absent if it was not changed.' })
  rule?: PromotionRule;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
