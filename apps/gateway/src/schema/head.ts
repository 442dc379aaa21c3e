import { Field, Float, GraphQLISODateTime, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { UserError, type Payload } from './user-error.js';
import { Node } from './node.js';

export enum HeadState {
  CANDIDATE = 'CANDIDATE',
  IN_USE = 'IN_USE',
  RETIRED = 'RETIRED',
}

registerEnumType(HeadState, {
  name: 'HeadState',
  description: 'Whether a head classifies.',
  valuesMap: {
    CANDIDATE: { description: 'Trained, never in use.' },
    IN_USE: { description: 'The one that classifies.' },
    RETIRED: { description: 'Was in use; may be promoted again.' },
  },
});

@ObjectType({ description: 'Figures of one topic on the held-out labels.' })
export class HeadTopicFigures {
  topicId: string;

  @Field(() => Int, { description: 'Labels it was trained on.' })
  trainExamples: number;

  @Field(() => Int, { description: 'Labels held out.' })
  heldOutExamples: number;

  @Field(() => Float, { description: 'Share of its assignments that are right.' })
  precision: number;

  @Field(() => Float, { description: 'Share of its questions that were found.' })
  recall: number;

  @Field(() => Float, { description: 'Harmonic mean of precision and recall.' })
  f1: number;
}

@ObjectType({ description: 'How a head tells unknown texts, with figures on held-out classes.' })
export class UnknownDetector {
  @Field({ description: 'The quantity compared: probability, energy, centroid, radius, neighbour or combined.' })
  method: string;

  @Field(() => Float, { description: 'Texts whose quantity is below are unknown.' })
  threshold: number;

  @Field(() => Float, { description: 'Area under the ROC curve; 0.5 is chance.' })
  auroc: number;

  @Field(() => Float, { description: 'Share of texts of held-out classes called unknown at the threshold.' })
  unknownRecall: number;

  @Field(() => Float, { description: 'Share of texts of known classes kept at the threshold.' })
  knownRecall: number;
}

@ObjectType({ description: 'How a head was trained.' })
export class HeadParameters {
  @Field(() => Float, { description: 'L2 penalty on the weights, as used.' })
  l2: number;

  @Field({ description: 'Whether each topic was weighed by the inverse of its frequency.' })
  classWeights: boolean;

  @Field(() => Float, { description: 'Share of the labels held out.' })
  heldOut: number;

  @Field(() => Int, { description: 'Iterations of L-BFGS, at most.' })
  maxIterations: number;
}

@ObjectType({ implements: () => [Node], description: 'A classifier over embeddings: one trained version.' })
export class Head implements Node {
  @Field(() => ID, { description: 'Id of the head: a hash of what it is.' })
  id: string;

  @Field(() => HeadState, { description: 'Whether it classifies.' })
  state: HeadState;

  @Field(() => ID, { description: 'The encoder whose embeddings it takes.' })
  encoderId: string;

  @Field({ description: 'SHA-256 over the files of that encoder.' })
  encoderRevision: string;

  @Field(() => Int, { description: 'Labels it was trained on.' })
  trainExamples: number;

  @Field(() => Int, { description: 'Labels held out for the figures.' })
  heldOutExamples: number;

  @Field(() => Float, { description: 'Share right on the held-out labels.' })
  accuracy: number;

  @Field(() => Float, { description: 'Mean F1 over the topics.' })
  macroF1: number;

  @Field(() => Float, { description: 'Expected calibration error before temperature scaling.' })
  eceBefore: number;

  @Field(() => Float, { description: 'Expected calibration error after temperature scaling.' })
  eceAfter: number;

  @Field(() => UnknownDetector, { description: 'How it tells unknown texts.' })
  unknownDetector: UnknownDetector;

  @Field(() => [HeadTopicFigures], { description: 'Figures by topic.' })
  topicFigures: HeadTopicFigures[];

  parentId?: string;
  jobId?: string;

  @Field(() => Float, { description: 'Seed of everything random in its training.' })
  seed: number;

  @Field(() => HeadParameters, { description: 'How it was trained.' })
  parameters: HeadParameters;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 over the texts and topics of its examples; absent for heads from before it was kept.',
  })
  dataHash?: string;

  @Field(() => GraphQLISODateTime, { description: 'When it was trained.' })
  createdAt: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was last put in use; absent if never.' })
  promotedAt?: Date;
}

export const HeadConnection = connectionType(Head, 'heads');

@ObjectType({ description: 'Outcome of a promotion.' })
export class HeadPayload implements Payload {
  @Field(() => Head, { nullable: true, description: 'The head after the change; absent if it was not made.' })
  head?: Head;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
