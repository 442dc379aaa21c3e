import { Field, GraphQLISODateTime, InputType, ObjectType } from '@nestjs/graphql';
import { connectionType } from './connection.js';

@InputType({ description: 'A vote on an answer.' })
export class VoteInput {
  @Field(() => Boolean, { nullable: true, description: 'Whether it helped; null takes the vote back.' })
  helpful?: boolean | null;

  @Field(() => String, { nullable: true, description: 'Why, for the editors.' })
  comment?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Which of your people votes, by a name of your choice; you yourself if absent.',
  })
  voter?: string | null;
}

@ObjectType({ description: 'What somebody thought of an answer.' })
export class Vote {
  @Field({ description: 'Whether it helped.' })
  helpful: boolean;

  @Field(() => String, { nullable: true, description: 'Why.' })
  comment?: string;

  @Field(() => GraphQLISODateTime, { description: 'When the vote was given.' })
  votedAt: Date;
}

export const VoteConnection = connectionType(Vote, 'votes');
