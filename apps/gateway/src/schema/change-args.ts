import { ArgsType, Field, ID, Int } from '@nestjs/graphql';

@ArgsType()
export class ChangeArgs {
  @Field(() => ID, { description: 'What to change.' })
  id: string;

  @Field(() => Int, { description: 'Its version when it was read; refused with CONFLICT if it has another one now.' })
  expectedVersion: number;
}

@ArgsType()
export class IdempotentArgs {
  @Field(() => String, {
    nullable: true,
    description: 'Made by the caller; retrying with the same key returns the first outcome.',
  })
  idempotencyKey?: string | null;
}
