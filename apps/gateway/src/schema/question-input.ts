import { Field, ID, InputType, registerEnumType } from '@nestjs/graphql';
import { ContentState } from './content-state.js';

export enum Verdict {
  KNOWN = 'KNOWN',
  UNKNOWN = 'UNKNOWN',
  UNCLASSIFIED = 'UNCLASSIFIED',
}

registerEnumType(Verdict, {
  name: 'Verdict',
  description: 'What the head in use made of a question.',
  valuesMap: {
    KNOWN: { description: 'A topic fits.' },
    UNKNOWN: { description: 'No topic fits.' },
    UNCLASSIFIED: { description: 'Not asked yet.' },
  },
});

@InputType({ description: 'Which questions; all conditions hold together.' })
export class QuestionFilter {
  @Field(() => [ContentState], { nullable: true, description: 'In one of these states.' })
  states?: ContentState[] | null;

  @Field(() => ID, { nullable: true, description: 'The effective label is this topic.' })
  topicId?: string | null;

  @Field(() => Verdict, { nullable: true, description: 'What the head in use says.' })
  verdict?: Verdict | null;

  @Field(() => String, { nullable: true, description: 'Where they came from: the name of an import, or "api".' })
  source?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether a person or an import has labelled them.' })
  labelled?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'Members of this suggestion.' })
  suggestionId?: string | null;

  @Field(() => String, { nullable: true, description: 'Every word occurs in the text.' })
  text?: string | null;

  @Field(() => String, { nullable: true, description: 'Written in this language, a BCP 47 tag.' })
  language?: string | null;

  @Field(() => [String], { nullable: true, description: 'Has one of these tags.' })
  tags?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only what is deleted, for editors; otherwise nothing that is.',
  })
  deleted?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Only what is going to be published at a date.' })
  scheduled?: boolean | null;
}

export enum NewQuestionState {
  INCOMING = 'INCOMING',
  DRAFT = 'DRAFT',
}

registerEnumType(NewQuestionState, {
  name: 'NewQuestionState',
  description: 'How a question can start its life.',
  valuesMap: {
    INCOMING: { description: 'Somebody asked it.' },
    DRAFT: { description: 'The team writes it.' },
  },
});

@InputType({ description: 'A new question.' })
export class CreateQuestionInput {
  @Field({ description: 'What is asked.' })
  text: string;

  @Field(() => [String], { nullable: true, description: 'Free words.' })
  tags?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Label it with this topic at once.' })
  topicId?: string | null;

  @Field(() => String, { nullable: true, description: 'The language it is in, a BCP 47 tag; "en" if absent.' })
  language?: string | null;

  @Field(() => NewQuestionState, {
    defaultValue: NewQuestionState.DRAFT,
    description: 'How it starts its life.',
  })
  state: NewQuestionState;
}

@InputType({ description: 'Changes to a question; absent fields stay.' })
export class UpdateQuestionInput {
  @Field(() => String, { nullable: true, description: 'New text.' })
  text?: string | null;

  @Field(() => [String], { nullable: true, description: 'Replaces all tags.' })
  tags?: string[] | null;

  @Field(() => String, { nullable: true, description: 'The language it is in, a BCP 47 tag.' })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'A new address; the old one leads to it.' })
  slug?: string | null;
}
