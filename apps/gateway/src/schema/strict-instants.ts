import { GraphQLError, isScalarType, Kind, type GraphQLSchema } from 'graphql';

const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i;

/** Times that are none are refused where they are read: Nest's scalar makes invalid dates of them. Changes `schema`. */
export function readInstantsStrictly(schema: GraphQLSchema): GraphQLSchema {
  const scalar = schema.getType('DateTime');
  if (!isScalarType(scalar)) return schema;
  scalar.parseValue = instantOf;
  scalar.parseLiteral = (node) => instantOf(node.kind === Kind.STRING ? node.value : undefined);
  return schema;
}

/** @throws GraphQLError for anything but a date, or a moment with its offset from UTC, as text */
export function instantOf(value: unknown): Date {
  const instant = new Date(typeof value === 'string' && iso.test(value) ? value : Number.NaN);
  if (Number.isNaN(instant.getTime()))
    throw new GraphQLError('Give a time as in "2026-01-31T09:30:00Z".', { extensions: { code: 'BAD_USER_INPUT' } });
  return instant;
}
