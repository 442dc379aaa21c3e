import { Field, GraphQLISODateTime, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { connectionType } from './connection.js';
import { UserError, type Payload } from './user-error.js';

export enum AccessRole {
  READER = 'READER',
  EDITOR = 'EDITOR',
  ADMIN = 'ADMIN',
}

registerEnumType(AccessRole, {
  name: 'AccessRole',
  description: 'What somebody may do in a space. Each role may do what those before it may.',
  valuesMap: {
    READER: { description: 'Read and ask.' },
    EDITOR: { description: 'Write, review and label.' },
    ADMIN: { description: 'Topics, jobs, models, keys.' },
  },
});

export enum KeyScope {
  READ = 'READ',
  ASK = 'ASK',
  ENCODE = 'ENCODE',
  WRITE = 'WRITE',
  MANAGE = 'MANAGE',
  ACCESS = 'ACCESS',
}

registerEnumType(KeyScope, {
  name: 'KeyScope',
  description: 'What a key may be limited to, below what its role may do.',
  valuesMap: {
    READ: { description: 'Read content and follow what is watched.' },
    ASK: { description: 'Ask and search.' },
    ENCODE: { description: 'Embed and classify texts.' },
    WRITE: { description: 'Change content.' },
    MANAGE: { description: 'What else the role admin may do and see: topics, jobs, suggestions, heads, models.' },
    ACCESS: { description: 'Keys, spaces and the audit log.' },
  },
});

@ObjectType({ description: 'A key that programs sign in with, without its text.' })
export class ApiKey {
  @Field(() => ID, { description: 'Id of the key.' })
  id: string;

  @Field({ description: 'What changes made with it are signed with.' })
  name: string;

  @Field(() => AccessRole, { description: 'What it may do at most.' })
  role: AccessRole;

  @Field(() => [KeyScope], { description: 'What it is limited to; empty: all that its role may do.' })
  scopes: KeyScope[];

  @Field({ description: 'Its first characters, by which its owner knows it again.' })
  prefix: string;

  @Field({ description: 'Whether it is for every space of the installation.' })
  everySpace: boolean;

  @Field(() => String, { nullable: true, description: 'Who made it; absent for the first key.' })
  createdBy?: string;

  @Field(() => GraphQLISODateTime, { description: 'When it was made.' })
  createdAt: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it stops working; absent: never.' })
  expiresAt?: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was last used, to the minute.' })
  lastUsedAt?: Date;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it was revoked; absent if it was not.' })
  revokedAt?: Date;
}

export const ApiKeyConnection = connectionType(ApiKey, 'keys');

@InputType({ description: 'A new key.' })
export class CreateApiKeyInput {
  @Field({ description: 'What changes made with it are signed with.' })
  name: string;

  @Field(() => AccessRole, { description: 'What it may do at most.' })
  role: AccessRole;

  @Field(() => [KeyScope], { nullable: true, description: 'What it is limited to; absent: all that its role may do.' })
  scopes?: KeyScope[] | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When it stops working; absent: never.' })
  expiresAt?: Date | null;

  @Field({
    defaultValue: false,
    description: 'For every space of the installation; only admins of every space make such keys.',
  })
  everySpace: boolean;
}

@ObjectType({ description: 'Outcome of making a key.' })
export class CreateApiKeyPayload implements Payload {
  @Field(() => ApiKey, { nullable: true, description: 'The key; absent if it was not made.' })
  apiKey?: ApiKey;

  @Field(() => String, { nullable: true, description: 'The text of the key. It is shown this once.' })
  secret?: string;

  @Field(() => [UserError], { description: 'Why the key was not made; empty if it was.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'Outcome of a change to a key.' })
export class ApiKeyPayload implements Payload {
  @Field(() => ApiKey, { nullable: true, description: 'The key after the change; absent if it was not made.' })
  apiKey?: ApiKey;

  @Field(() => [UserError], { description: 'Why the change was not made; empty if it was.' })
  userErrors: UserError[];
}
