import type { DocumentNode, GraphQLSchema } from 'graphql';
import { complexityOf } from './complexity.js';
import { checkDocument, isIntrospection } from './document-limits.js';

/** Clients send the same few documents again and again, and Apollo keeps them parsed: what is found of one holds for all. */
interface KnownDocument {
  readonly introspection: boolean;
  readonly withinLimits: boolean;
  /** By operation and by what of its variables counts. */
  readonly complexities: Map<string, number>;
}

const known = new WeakMap<DocumentNode, KnownDocument>();

/** Complexities kept of one document. */
const mostComplexities = 64;
/** Characters of a key; variables that are many are not worth it. */
const longestKey = 300;

/** @param document valid for the schema */
export function knownDocument(document: DocumentNode): KnownDocument {
  let found = known.get(document);
  if (found === undefined) {
    found = {
      introspection: isIntrospection(document),
      withinLimits: checkDocument(document) === undefined,
      complexities: new Map(),
    };
    known.set(document, found);
  }
  return found;
}

/**
 * `complexityOf`, kept by document.
 * @throws GraphQLError if the variables do not fit the operation and no others like them have been seen: then execution
 * says so
 */
export function knownComplexity(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Record<string, unknown> | undefined,
  operationName: string | undefined,
): number {
  const { complexities } = knownDocument(document);
  const key = `${operationName ?? ''} ${shapeOf(variables)}`;
  const kept = complexities.get(key);
  if (kept !== undefined) return kept;
  const complexity = complexityOf(schema, document, variables, operationName);
  if (key.length <= longestKey) {
    if (complexities.size >= mostComplexities) complexities.clear();
    complexities.set(key, complexity);
  }
  return complexity;
}

/** What complexity depends on: page sizes, lengths of lists, what is included; not which texts and ids are meant. */
function shapeOf(variables: Record<string, unknown> | undefined): string {
  let shape = '';
  for (const [name, value] of Object.entries(variables ?? {}))
    shape += `${name}:${Array.isArray(value) ? `[${value.length}]` : shapeOfOne(value)} `;
  return shape;
}

function shapeOfOne(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : value === null
      ? 'null'
      : typeof value;
}
