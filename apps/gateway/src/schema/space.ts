import { Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { UserError, type Payload } from './user-error.js';

@ObjectType({ description: 'What one team keeps apart from another: content, vectors, jobs, keys.' })
export class Space {
  @Field(() => ID, { description: 'Id of the space.' })
  id: string;

  @Field({ description: 'Its name in the header x-cairn-space.' })
  slug: string;

  @Field({ description: 'Name for people.' })
  title: string;

  @Field({ description: 'Whether callers without a key may read what is published.' })
  anonymousReading: boolean;

  @Field(() => Int, { description: 'Grows by one with every change; give it back as expectedVersion.' })
  version: number;

  @Field(() => GraphQLISODateTime, { description: 'When it was made.' })
  createdAt: Date;
}

export const SpaceConnection = connectionType(Space, 'spaces');

@InputType({ description: 'A new space.' })
export class CreateSpaceInput {
  @Field({ description: 'Letters a-z, digits and single hyphens; it never changes.' })
  slug: string;

  @Field({ description: 'Name for people.' })
  title: string;

  @Field({ defaultValue: false, description: 'Whether callers without a key may read what is published.' })
  anonymousReading: boolean;
}

@InputType({ description: 'Changes to a space; absent fields stay.' })
export class UpdateSpaceInput {
  @Field(() => String, { nullable: true, description: 'New name.' })
  title?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether callers without a key may read what is published; holds within five seconds.',
  })
  anonymousReading?: boolean | null;
}

@ObjectType({ description: 'Outcome of a change to a space.' })
export class SpacePayload implements Payload {
  @Field(() => Space, { nullable: true, description: 'The space after the change; absent if it was not made.' })
  space?: Space;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
