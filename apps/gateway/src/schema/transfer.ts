import { Field, ID, InputType, Int, ObjectType, ArgsType } from '@nestjs/graphql';
import { ImportRowResult } from './question-import.js';
import { UserError, type Payload } from './user-error.js';

@ArgsType()
export class ExportRecordsArgs {
  @Field(() => String, { nullable: true, description: 'The cursor of the page before; from the beginning if absent.' })
  after?: string | null;

  @Field(() => Int, { defaultValue: 500, description: 'Records of a page, 1 to 1,000; with long texts it has fewer.' })
  first: number;

  @Field({ defaultValue: false, description: 'Past versions too.' })
  versions: boolean;

  @Field(() => ID, { nullable: true, description: 'Only questions of this topic, with all that belongs to them.' })
  topicId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only questions from this source, with all that belongs to them.',
  })
  source?: string | null;
}

@ObjectType({ description: 'A page of an export.' })
export class RecordPage {
  @Field(() => [String], {
    description:
      'JSON objects, as the lines of an export file: topics, their places in the tree, questions, answers, votes, versions.',
  })
  records: string[];

  @Field({ description: 'Where the next page begins; with the same arguments it goes on there at any time.' })
  cursor: string;

  @Field({ description: 'Whether this is the last page.' })
  done: boolean;
}

@InputType({ description: 'One line of an export file.' })
export class ImportRecordInput {
  @Field(() => Int, { description: 'Its number, repeated in the result.' })
  line: number;

  @Field({ description: 'The line: a JSON object.' })
  json: string;
}

@InputType({ description: 'Records of an export, in its order: each refers to earlier ones only.' })
export class ImportRecordsInput {
  @Field(() => [ImportRecordInput], { description: 'Up to 500 records.' })
  records: ImportRecordInput[];

  @Field({ defaultValue: false, description: 'Look at each record by itself and change nothing.' })
  dryRun: boolean;
}

@ObjectType({ description: 'Outcome of an import of records.' })
export class ImportRecordsPayload implements Payload {
  @Field(() => [ImportRowResult], {
    nullable: true,
    description: 'One per record, in order; absent if none was looked at.',
  })
  results?: ImportRowResult[];

  @Field(() => [UserError], { description: 'Why the import as a whole was refused; empty if it was not.' })
  userErrors: UserError[];
}
