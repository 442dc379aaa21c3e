import { Field, GraphQLISODateTime, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';

export enum AuditAction {
  INSERT = 'INSERT',
  UPDATE = 'UPDATE',
  DELETE = 'DELETE',
}

registerEnumType(AuditAction, {
  name: 'AuditAction',
  description: 'What was done to rows.',
  valuesMap: {
    INSERT: { description: 'They were made.' },
    UPDATE: { description: 'They were changed.' },
    DELETE: { description: 'They were deleted.' },
  },
});

@ObjectType({ description: 'What was there before a change and after it.' })
export class AuditChange {
  @Field(() => ID, { description: 'What was changed.' })
  id: string;

  @Field(() => String, { nullable: true, description: 'JSON of the fields that changed; absent for what was made.' })
  before?: string;

  @Field(() => String, { nullable: true, description: 'JSON of the fields that changed; absent for what was deleted.' })
  after?: string;
}

@ObjectType({ description: 'One change, written in the transaction that made it. Entries never change.' })
export class AuditEntry {
  @Field(() => ID, { description: 'Id of the entry.' })
  id: string;

  @Field(() => GraphQLISODateTime, { description: 'When.' })
  at: Date;

  @Field({ description: 'Who: the name of a key, of somebody signed in, or "cairn" for its own work.' })
  actor: string;

  @Field(() => String, { nullable: true, description: 'The call, or the kind of job, that made it.' })
  operation?: string;

  @Field(() => String, { nullable: true, description: 'Under which the logs of all services have it.' })
  requestId?: string;

  @Field(() => AuditAction, { description: 'What was done.' })
  action: AuditAction;

  @Field({ description: 'To what kind of thing: "question", "topic", "api_key" ...' })
  entity: string;

  @Field(() => [ID], { description: 'To which of them.' })
  entityIds: string[];

  @Field(() => [AuditChange], { description: 'What was there before and after; empty for changes of many at once.' })
  changes: AuditChange[];
}

export const AuditEntryConnection = connectionType(AuditEntry, 'changes');

@InputType({ description: 'Which changes; absent fields: any.' })
export class AuditFilter {
  @Field(() => ID, { nullable: true, description: 'To this thing.' })
  entityId?: string | null;

  @Field(() => String, { nullable: true, description: 'To this kind of thing.' })
  entity?: string | null;

  @Field(() => String, { nullable: true, description: 'By this actor.' })
  actor?: string | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'At this time or later.' })
  since?: Date | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Before this time.' })
  until?: Date | null;
}
