import { Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import {
  StartClassificationInput,
  StartClusteringInput,
  StartFineTuningInput,
  StartTrainingInput,
} from './job-input.js';
import { JobKind, JobPriority } from './job.js';
import { UserError, type Payload } from './user-error.js';

@ObjectType({
  description:
    'A job that starts by the clock. If its last run has not ended when it is due, that time is left out; of times missed while nothing ran, one is made up for.',
})
export class JobSchedule {
  @Field(() => ID, { description: 'Id of the schedule.' })
  id: string;

  @Field({ description: 'Its unique name.' })
  name: string;

  @Field(() => JobKind, { description: 'What it starts.' })
  kind: JobKind;

  @Field({ description: 'When: minute, hour, day of month, month, day of week.' })
  cron: string;

  @Field({ description: 'IANA name of the time zone that `cron` is read in.' })
  timeZone: string;

  @Field(() => JobPriority, { description: 'Priority of its jobs.' })
  priority: JobPriority;

  @Field({ description: 'Whether it runs.' })
  enabled: boolean;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Its next time; absent while it is off.' })
  nextRunAt?: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it started its last job; absent before.' })
  lastRunAt?: Date;

  lastJobId?: string;

  @Field({ description: 'Name of the key that made it.' })
  createdBy: string;

  @Field(() => Int, { description: 'Grows by one with every change; give it back as expectedVersion.' })
  version: number;
}

export const JobScheduleConnection = connectionType(JobSchedule, 'schedules');

@InputType({ description: 'Which job a schedule starts: exactly one field.' })
export class ScheduledJobInput {
  @Field(() => Boolean, { nullable: true, description: 'true: makes missing embeddings.' })
  embed?: boolean | null;

  @Field(() => StartClassificationInput, { nullable: true, description: 'Classifies questions.' })
  classify?: StartClassificationInput | null;

  @Field(() => StartClusteringInput, { nullable: true, description: 'Clusters questions.' })
  cluster?: StartClusteringInput | null;

  @Field(() => StartTrainingInput, { nullable: true, description: 'Trains a head.' })
  train?: StartTrainingInput | null;

  @Field(() => StartFineTuningInput, { nullable: true, description: 'Trains the encoder itself.' })
  fineTune?: StartFineTuningInput | null;
}

@InputType({ description: 'A new schedule.' })
export class CreateJobScheduleInput {
  @Field({ description: 'Unique: lower case letters, digits and "-".' })
  name: string;

  @Field(() => ScheduledJobInput, { description: 'What it starts.' })
  job: ScheduledJobInput;

  @Field({ description: 'When: minute, hour, day of month, month, day of week, as in "0 3 * * *".' })
  cron: string;

  @Field({ defaultValue: 'UTC', description: 'IANA name of the time zone that `cron` is read in.' })
  timeZone: string;

  @Field(() => JobPriority, { defaultValue: JobPriority.NORMAL, description: 'Priority of its jobs.' })
  priority: JobPriority;

  @Field({ defaultValue: true, description: 'Whether it runs from now on.' })
  enabled: boolean;
}

@InputType({ description: 'What to change about a schedule; absent fields stay.' })
export class UpdateJobScheduleInput {
  @Field(() => String, { nullable: true, description: 'When: minute, hour, day of month, month, day of week.' })
  cron?: string | null;

  @Field(() => String, { nullable: true, description: 'IANA name of the time zone that `cron` is read in.' })
  timeZone?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it runs.' })
  enabled?: boolean | null;
}

@ObjectType({ description: 'Outcome of a change to a schedule.' })
export class JobSchedulePayload implements Payload {
  @Field(() => JobSchedule, {
    nullable: true,
    description: 'The schedule after the change; absent if it was not made.',
  })
  schedule?: JobSchedule;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'Outcome of deleting a schedule.' })
export class DeleteJobSchedulePayload implements Payload {
  @Field(() => ID, { nullable: true, description: 'What was deleted, as it was given; absent if nothing was.' })
  deletedId?: string;

  @Field(() => [UserError], { description: 'Why it was not deleted; empty if it was.' })
  userErrors: UserError[];
}
