import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';

/** The errors a mutation expects; everything else is a top-level error. */
export enum UserErrorCode {
  NOT_FOUND = 'NOT_FOUND',
  INVALID_INPUT = 'INVALID_INPUT',
  CONFLICT = 'CONFLICT',
}

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'What kind of fault the caller can put right.',
  valuesMap: {
    NOT_FOUND: { description: 'Something that was named does not exist.' },
    INVALID_INPUT: { description: 'A value cannot be used; `field` names it.' },
    CONFLICT: { description: 'It has changed since it was read, or its state does not allow this. Read it again.' },
  },
});

@ObjectType({ description: 'Why a change was not made, for the person who asked for it.' })
export class UserError {
  @Field(() => UserErrorCode, { description: 'What kind of fault.' })
  code: UserErrorCode;

  @Field(() => String, {
    nullable: true,
    description: 'The field that is wrong, for example "text" or "rows.3.topic".',
  })
  field?: string;

  @Field({ description: 'What is wrong and what to do.' })
  message: string;

  @Field(() => Int, { nullable: true, description: 'With CONFLICT over a version: the one that holds now.' })
  currentVersion?: number;
}

/** What every mutation returns: the entity under its own name, and why it is not there. */
export interface Payload {
  userErrors: UserError[];
}
