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

/** Whether the operation selects `name` directly under the field, in fragments too. */
export function selects(info: GraphQLResolveInfo, name: string): boolean {
  const within = (set: SelectionSetNode | undefined): boolean =>
    (set?.selections ?? []).some((selection) => {
      if (selection.kind === 'Field') return selection.name.value === name;
      if (selection.kind === 'InlineFragment') return within(selection.selectionSet);
      return within(info.fragments[selection.name.value].selectionSet);
    });
  return info.fieldNodes.some((node: FieldNode) => within(node.selectionSet));
}
