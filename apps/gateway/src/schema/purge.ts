import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { UserError, type Payload } from './user-error.js';

@ObjectType({ description: 'Outcome of removing something for ever.' })
export class PurgePayload implements Payload {
  @Field(() => ID, { nullable: true, description: 'Id of what is gone; absent if it is still there.' })
  purgedId?: string;

  @Field(() => [UserError], { description: 'Why it was not removed; empty if it was.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'What was removed for ever.' })
export class Purged {
  @Field(() => Int, { description: 'Questions, with their answers.' })
  questions: number;

  @Field(() => Int, { description: 'Answers of other questions.' })
  answers: number;

  @Field({ description: 'Whether there is more to remove: ask again.' })
  more: boolean;
}

@ObjectType({ description: 'Outcome of removing what is deleted.' })
export class PurgeDeletedPayload implements Payload {
  @Field(() => Purged, { nullable: true, description: 'What was removed; absent if nothing could be.' })
  purged?: Purged;

  @Field(() => [UserError], { description: 'Why nothing was removed; empty if something could be.' })
  userErrors: UserError[];
}
