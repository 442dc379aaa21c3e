import { getNamedType, getNullableType, isCompositeType, isListType, isObjectType } from 'graphql';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { limits } from './limits.js';
import { refusal } from './document-limits.js';

/** Rows a list is taken to have whose length nobody gives: answers of a question, nearest topics. */
const unpagedRows = 3;

/** How often what is selected below a field is resolved. */
const estimate: ComplexityEstimator = ({ type, field, args, childComplexity }) => {
  if (type.name.startsWith('__') || field.name.startsWith('__')) return 1;
  const { first, texts } = args as { first?: number; texts?: unknown[] };
  if (first !== undefined) return 1 + Math.max(1, first) * childComplexity;
  if (texts !== undefined) return 1 + Math.max(1, texts.length) * childComplexity;
  const isList = isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
  // The lists of a connection, and those of an answer to several texts, are as long as the argument above has said.
  const isCounted = isObjectType(type) && ('pageInfo' in type.getFields() || /Result$/.test(type.name));
  return 1 + (isList && !isCounted ? unpagedRows : 1) * childComplexity;
};

/**
 * Fields an operation resolves at most, by its page sizes; variables count like literals.
 * @throws GraphQLError if the variables do not fit the operation
 */
export const complexityOf = (
  schema: GraphQLSchema,
  query: DocumentNode,
  variables: Record<string, unknown> | undefined,
  operationName: string | undefined,
): number => getComplexity({ schema, query, variables, operationName, estimators: [estimate] });

/** @returns why the operation is refused, or undefined */
export function checkComplexity(complexity: number, hasKey: boolean): GraphQLError | undefined {
  const allowed = hasKey ? limits.complexity.withKey : limits.complexity.anonymous;
  if (complexity <= allowed) return undefined;
  return refusal(
    'QUERY_TOO_COMPLEX',
    `The query may resolve ${complexity} fields; ${allowed} are allowed${hasKey ? '' : ' without a key'}. Ask for smaller pages.`,
  );
}
