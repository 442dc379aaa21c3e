import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { maxPageSize, type ConnectionOf, type PageArgs } from '../schema/connection.js';
import { given } from './values.js';

/**
 * The page to ask knowledge for. Cursors are knowledge's own and pass through unread.
 * @param info tells whether `totalCount` is selected; only then the rows are counted
 * @throws INVALID_INPUT if `first` is not between 1 and 100
 */
export function pageRequest({ first, after }: PageArgs, info: GraphQLResolveInfo): Partial<knowledgeV1.PageRequest> {
  return { first: pageSize(first), after: given(after), withTotal: selects(info, 'totalCount') };
}

/** @throws INVALID_INPUT if `first` is not between 1 and `max` */
export function pageSize(first: number, max = maxPageSize): number {
  if (first < 1 || first > max)
    throw DomainError.invalid('first', `"first" must be between 1 and ${max}; it is ${first}.`);
  return first;
}

/** A page of knowledge as a Relay connection. */
export function toConnection<M, N>(
  page: { rows: M[]; pageInfo: knowledgeV1.PageInfo | undefined },
  { after }: PageArgs,
  toNode: (row: M) => N,
): ConnectionOf<N> {
  const nodes = page.rows.map(toNode);
  const cursors = page.pageInfo?.cursors ?? [];
  if (cursors.length !== nodes.length) throw new Error(`${nodes.length} rows came with ${cursors.length} cursors.`);
  return {
    edges: nodes.map((node, index) => ({ node, cursor: cursors[index] })),
    nodes,
    pageInfo: {
      hasNextPage: page.pageInfo?.hasNextPage ?? false,
      hasPreviousPage: after != null,
      startCursor: cursors.at(0),
      endCursor: cursors.at(-1),
    },
    totalCount: given(page.pageInfo?.total),
  };
}

/**
 * Whether the operation selects a field somewhere below the field, in fragments too; on which conditions is not looked at.
 * @param path names of fields, the uppermost first
 */
export function selects(info: GraphQLResolveInfo, ...path: readonly string[]): boolean {
  const within = (set: SelectionSetNode | undefined, depth: number): boolean =>
    (set?.selections ?? []).some((selection) => {
      if (selection.kind === 'InlineFragment') return within(selection.selectionSet, depth);
      if (selection.kind === 'FragmentSpread') return within(info.fragments[selection.name.value].selectionSet, depth);
      if (selection.name.value !== path[depth]) return false;
      return depth === path.length - 1 || within(selection.selectionSet, depth + 1);
    });
  return info.fieldNodes.some((node: FieldNode) => within(node.selectionSet, 0));
}

/** Names of the fields that the operation selects at a path below the rows of the connection that the field is. */
export function namesOfRows(info: GraphQLResolveInfo, ...path: readonly string[]): string[] {
  const names = new Set<string>();
  const within = (set: SelectionSetNode | undefined, way: readonly string[], depth: number): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === 'InlineFragment') within(selection.selectionSet, way, depth);
      else if (selection.kind === 'FragmentSpread')
        within(info.fragments[selection.name.value].selectionSet, way, depth);
      else if (depth === way.length) names.add(selection.name.value);
      else if (selection.name.value === way[depth]) within(selection.selectionSet, way, depth + 1);
    }
  };
  for (const { selectionSet } of info.fieldNodes) {
    within(selectionSet, ['nodes', ...path], 0);
    within(selectionSet, ['edges', 'node', ...path], 0);
  }
  return [...names];
}

/** Whether the operation selects a field of the rows of the connection that the field is. */
export function selectsOfRows(info: GraphQLResolveInfo, ...path: readonly string[]): boolean {
  return selects(info, 'nodes', ...path) || selects(info, 'edges', 'node', ...path);
}
