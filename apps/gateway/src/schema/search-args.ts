import { ArgsType, Field, GraphQLISODateTime, ID, InputType, Int } from '@nestjs/graphql';
import { ContentState } from './content-state.js';

@InputType({ description: 'Which questions a search may find.' })
export class SearchFilter {
  @Field(() => [ContentState], {
    nullable: true,
    description: 'In one of these states; all that the caller may see but archived ones if absent.',
  })
  states?: ContentState[] | null;

  @Field(() => [String], { nullable: true, description: 'With every one of these tags.' })
  tags?: string[] | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Created then or later.' })
  createdFrom?: Date | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Created before.' })
  createdBefore?: Date | null;

  @Field(() => String, { nullable: true, description: 'In this language, an ISO 639-1 code as "en".' })
  language?: string | null;
}

@ArgsType()
export class SearchArgs {
  @Field({ description: 'What to look for.' })
  text: string;

  @Field(() => Int, { defaultValue: 10, description: 'Questions to return, 1 to 100.' })
  first: number;

  @Field(() => ID, { nullable: true, description: 'Only questions whose effective label is this topic.' })
  topicId?: string | null;

  @Field(() => SearchFilter, { nullable: true, description: 'Only questions that are all of this.' })
  filter?: SearchFilter | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Cursor of the last hit that was seen; absent for the best ones. A page costs the same wherever it is; the best 200 by words and the best 200 by meaning can be reached.',
  })
  after?: string | null;
}

@ArgsType()
export class AskArgs {
  @Field({ description: 'The question, as people type it.' })
  text: string;

  @Field(() => Int, { defaultValue: 3, description: 'Answers to return, 1 to 20.' })
  first: number;
}
