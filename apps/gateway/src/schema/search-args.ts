import { ArgsType, Field, ID, Int } from '@nestjs/graphql';

@ArgsType()
export class SearchArgs {
  @Field({ description: 'What to look for.' })
  text: string;

  @Field(() => Int, { defaultValue: 10, description: 'Questions to return, 1 to 100.' })
  first: number;

  @Field(() => ID, { nullable: true, description: 'Only questions whose effective label is this topic.' })
  topicId?: string | null;
}

@ArgsType()
export class AskArgs {
  @Field({ description: 'The question, as people type it.' })
  text: string;

  @Field(() => Int, { defaultValue: 3, description: 'Answers to return, 1 to 20.' })
  first: number;
}
