import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ContentState } from './content-state.js';
import { UserError, type Payload } from './user-error.js';

@InputType({ description: 'One question to import.' })
export class ImportRowInput {
  @Field(() => Int, { description: 'Line (or file) number in the source, repeated in the result.' })
  line: number;

  @Field(() => String, { nullable: true, description: 'Id in the source; a hash of the text if absent.' })
  externalId?: string | null;

  @Field({ description: 'What is asked.' })
  text: string;

  @Field(() => String, { nullable: true, description: 'Its answer, Markdown.' })
  answer?: string | null;

  @Field(() => String, { nullable: true, description: 'Slug of its topic; created if it does not exist.' })
  topic?: string | null;

  @Field(() => [String], { nullable: true, description: 'Free words.' })
  tags?: string[] | null;

  @Field(() => ContentState, {
    nullable: true,
    description: 'Where it starts: PUBLISHED with an answer and INCOMING without, if absent.',
  })
  state?: ContentState | null;

  @Field(() => String, { nullable: true, description: 'BCP 47 tag; that of the question, or "en", if absent.' })
  language?: string | null;
}

export enum DuplicateRule {
  KEEP = 'KEEP',
  REPORT = 'REPORT',
  SKIP = 'SKIP',
}

registerEnumType(DuplicateRule, {
  name: 'DuplicateRule',
  description: 'What becomes of new rows that are nearly the same as a question that is there, or as an earlier row.',
  valuesMap: {
    KEEP: { description: 'They are stored; nobody looks.' },
    REPORT: { description: 'They are stored, and their results say what they are like.' },
    SKIP: { description: 'They are not stored.' },
  },
});

@InputType({ description: 'Title and description of a topic that rows name.' })
export class ImportTopicInput {
  @Field({ description: 'Slug, as the rows have it.' })
  slug: string;

  @Field({ description: 'Name for people.' })
  title: string;

  @Field(() => String, { nullable: true, description: 'What belongs to it.' })
  description?: string | null;
}

@InputType({ description: 'Questions from one source. The same rows again change nothing.' })
export class ImportQuestionsInput {
  @Field({ description: 'Name of the source; rows are unique by source and external id.' })
  source: string;

  @Field(() => [ImportRowInput], { description: 'Up to 500 rows.' })
  rows: ImportRowInput[];

  @Field(() => [ImportTopicInput], { nullable: true, description: 'Titles and descriptions for topics the rows name.' })
  topics?: ImportTopicInput[] | null;

  @Field({ defaultValue: false, description: 'Check only, change nothing.' })
  dryRun: boolean;

  @Field(() => DuplicateRule, {
    defaultValue: DuplicateRule.KEEP,
    description: 'What becomes of new rows that are nearly the same as a question that is there.',
  })
  duplicates: DuplicateRule;
}

export enum ImportOutcome {
  CREATED = 'CREATED',
  UPDATED = 'UPDATED',
  UNCHANGED = 'UNCHANGED',
  FAILED = 'FAILED',
  SKIPPED = 'SKIPPED',
}

registerEnumType(ImportOutcome, {
  name: 'ImportOutcome',
  description: 'What became of a row.',
  valuesMap: {
    CREATED: { description: 'A new question.' },
    UPDATED: { description: 'A question that was there has changed.' },
    UNCHANGED: { description: 'It was there as it is.' },
    FAILED: { description: 'Not taken; `message` says why.' },
    SKIPPED: { description: 'Not taken: `duplicate` is nearly the same.' },
  },
});

@ObjectType({ description: 'What a row is nearly the same as.' })
export class ImportDuplicate {
  @Field(() => ID, { nullable: true, description: 'The question; absent if it is an earlier row.' })
  questionId?: string;

  @Field({ description: 'Its text, or the beginning of it.' })
  text: string;

  @Field({ description: 'Share of trigrams in common, 0 to 1.' })
  similarity: number;
}

@ObjectType({ description: 'What became of one row.' })
export class ImportRowResult {
  @Field(() => Int, { description: 'The line given with the row.' })
  line: number;

  @Field(() => ImportOutcome, { description: 'What became of it.' })
  outcome: ImportOutcome;

  @Field(() => ID, { nullable: true, description: 'The question; absent if it failed or this is a dry run.' })
  questionId?: string;

  @Field(() => String, { nullable: true, description: 'If it failed: the code of the fault, as in UserErrorCode.' })
  code?: string;

  @Field(() => String, { nullable: true, description: 'If it failed: the field of the row that is wrong.' })
  field?: string;

  @Field(() => String, { nullable: true, description: 'If it failed: what is wrong and what to do.' })
  message?: string;

  @Field(() => ImportDuplicate, {
    nullable: true,
    description: 'What it is nearly the same as; absent if nothing is, if it was there before, or if nobody looked.',
  })
  duplicate?: ImportDuplicate;
}

@ObjectType({ description: 'Outcome of an import.' })
export class ImportQuestionsPayload implements Payload {
  @Field(() => [ImportRowResult], {
    nullable: true,
    description: 'One per row, in order; absent if none was looked at.',
  })
  results?: ImportRowResult[];

  @Field(() => [UserError], { description: 'Why the import as a whole was refused; empty if it was not.' })
  userErrors: UserError[];
}
