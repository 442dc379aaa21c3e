import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { isObjectType, lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { requiredRole } from '../auth/requires.js';
import { resolvers } from '../resolvers/all-resolvers.js';
import { readInstantsStrictly } from './strict-instants.js';

/** The schema of the decorated classes, without anything behind it. */
export async function buildSchema(): Promise<GraphQLSchema> {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: ['error', 'warn'] });
  try {
    return lexicographicSortSchema(describeSchema(await app.get(GraphQLSchemaFactory).create(resolvers)));
  } finally {
    await app.close();
  }
}

/**
 * Says in the schema which role a field needs, and describes the root types, which no class does. Times are read
 * strictly from then on. Changes `schema`.
 */
export function describeSchema(schema: GraphQLSchema): GraphQLSchema {
  const roots = [
    [schema.getQueryType(), 'What can be read. Without a key: published content only.'],
    [schema.getMutationType(), 'What can be changed, each by callers with the role it names.'],
    [schema.getSubscriptionType(), 'What can be watched, over WebSocket (graphql-transport-ws).'],
  ] as const;
  for (const [type, description] of roots) if (type != null) type.description = description;
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const role = requiredRole(field);
      if (role !== undefined) field.description = `${field.description} Needs the role ${role}.`;
    }
  }
  return readInstantsStrictly(schema);
}

/** The schema as it lies in the repository: sorted, with descriptions. */
export const schemaText = (schema: GraphQLSchema): string => `${printSchema(schema)}\n`;
