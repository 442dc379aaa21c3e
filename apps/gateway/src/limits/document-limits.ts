import {
  GraphQLError,
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { limits } from './limits.js';

/** An error that stops a request before any work. */
export const refusal = (code: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code, http: { status: 400 } } });

/**
 * Depth and aliases of a document that has passed validation (its fragments have no cycles).
 * @returns why it is refused, or undefined
 */
export function checkDocument(document: DocumentNode): GraphQLError | undefined {
  const depths = documentDepth(document);
  if (depths.data > limits.depth)
    return refusal('QUERY_TOO_DEEP', `The query is ${depths.data} fields deep; ${limits.depth} are allowed.`);
  if (depths.introspection > limits.introspectionDepth)
    return refusal(
      'QUERY_TOO_DEEP',
      `The introspection is ${depths.introspection} fields deep; ${limits.introspectionDepth} are allowed.`,
    );
  const aliases = countAliases(document);
  if (aliases > limits.aliases)
    return refusal('TOO_MANY_ALIASES', `The query has ${aliases} aliases; ${limits.aliases} are allowed.`);
  const repeated = countRepeatedFields(document);
  if (repeated > limits.repeatedFields)
    return refusal(
      'TOO_MANY_FIELDS',
      `The query selects fields again ${repeated} times; ${limits.repeatedFields} are allowed.`,
    );
  return undefined;
}

/** Whether a document asks for the schema itself. `__typename` does not. */
export function isIntrospection(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field: (node) => {
      if (node.name.value === '__schema' || node.name.value === '__type') found = true;
    },
  });
  return found;
}

/** Fields of one selection that stand there more than once under the same name. */
function countRepeatedFields(document: DocumentNode): number {
  let count = 0;
  visit(document, {
    SelectionSet: ({ selections }) => {
      const fields = selections.filter((selection) => selection.kind === Kind.FIELD);
      count += fields.length - new Set(fields.map(({ alias, name }) => (alias ?? name).value)).size;
    },
  });
  return count;
}

function countAliases(document: DocumentNode): number {
  let count = 0;
  visit(document, {
    Field: (node) => {
      if (node.alias !== undefined) count++;
    },
  });
  return count;
}

/** Fields on the longest way down, for data and for introspection. */
function documentDepth(document: DocumentNode): { data: number; introspection: number } {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  // Each fragment is measured once, however often it is spread.
  const known = new Map<string, number>();
  const depthOf = (set: SelectionSetNode | undefined): number => {
    let depth = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) depth = Math.max(depth, 1 + depthOf(selection.selectionSet));
      else if (selection.kind === Kind.INLINE_FRAGMENT) depth = Math.max(depth, depthOf(selection.selectionSet));
      else {
        const name = selection.name.value;
        if (!known.has(name)) known.set(name, depthOf(fragments.get(name)?.selectionSet));
        depth = Math.max(depth, known.get(name) as number);
      }
    }
    return depth;
  };
  const deepest = { data: 0, introspection: 0 };
  const roots = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) roots(selection.selectionSet);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) roots(fragment.selectionSet);
      } else {
        const kind = selection.name.value.startsWith('__') ? 'introspection' : 'data';
        deepest[kind] = Math.max(deepest[kind], 1 + depthOf(selection.selectionSet));
      }
    }
  };
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) roots(definition.selectionSet);
  return deepest;
}
