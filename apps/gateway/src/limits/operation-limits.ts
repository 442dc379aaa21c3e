import { DomainError } from '@cairn/contracts';
import { GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../request/gateway-context.js';
import { toRequestError } from '../errors/error-table.js';
import { checkComplexity } from './complexity.js';
import { checkDocument, refusal } from './document-limits.js';
import { knownComplexity, knownDocument } from './known-documents.js';

export interface Operation {
  readonly schema: GraphQLSchema;
  /** Valid for the schema. */
  readonly document: DocumentNode;
  readonly variables: Record<string, unknown> | undefined;
  readonly operationName: string | undefined;
}

/**
 * Everything that can be said of an operation before it runs.
 * @param production whether anonymous callers may not read the schema
 * @returns why it is refused, or undefined
 */
export function checkOperation(
  { schema, document, variables, operationName }: Operation,
  { identity, requestId, spend }: GatewayContext,
  production: boolean,
): GraphQLError | undefined {
  const { introspection, withinLimits } = knownDocument(document);
  if (production && identity === undefined && introspection)
    return refusal(
      'INTROSPECTION_DISABLED',
      'The schema can be read with a key only; it is also the file apps/gateway/schema.graphql.',
    );
  if (!withinLimits) return checkDocument(document);
  try {
    const complexity = knownComplexity(schema, document, variables, operationName);
    const tooComplex = checkComplexity(complexity, identity !== undefined);
    if (tooComplex !== undefined) return tooComplex;
    spend(Math.max(1, complexity));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof DomainError) return toRequestError(thrown, requestId);
    // Variables that do not fit: execution says so in its own words.
    if (thrown instanceof GraphQLError) return undefined;
    throw thrown;
  }
}
