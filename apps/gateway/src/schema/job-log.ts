import { Field, GraphQLISODateTime, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';

export enum JobLogLevel {
  INFO = 'INFO',
  WARN = 'WARN',
  ERROR = 'ERROR',
}

registerEnumType(JobLogLevel, {
  name: 'JobLogLevel',
  description: 'How much a line of a job log matters.',
  valuesMap: {
    INFO: { description: 'As it should be.' },
    WARN: { description: 'Something was left out or is tried again.' },
    ERROR: { description: 'The job has failed.' },
  },
});

@ObjectType({ description: 'Something a job has written down about itself.' })
export class JobLogLine {
  @Field(() => ID, { description: 'Its place in the log: lines of a job are ordered by it, as a number.' })
  id: string;

  @Field(() => Int, { description: 'Which run of the job; 1 is the first.' })
  attempt: number;

  @Field(() => JobLogLevel, { description: 'How much it matters.' })
  level: JobLogLevel;

  @Field({ description: 'What happened.' })
  message: string;

  @Field(() => GraphQLISODateTime, { description: 'When.' })
  at: Date;
}

export const JobLogLineConnection = connectionType(JobLogLine, 'log lines');
