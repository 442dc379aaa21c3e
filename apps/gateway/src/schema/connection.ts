import type { Type } from '@nestjs/common';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field({ description: 'Whether there is more after this page.' })
  hasNextPage: boolean;

  @Field({ description: 'Whether this page began after a cursor.' })
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first row; absent on an empty page.' })
  startCursor?: string;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last row, to be given as `after`; absent on an empty page.',
  })
  endCursor?: string;
}

export const defaultPageSize = 20;
export const maxPageSize = 100;

@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: defaultPageSize, description: `Rows to return, 1 to ${maxPageSize}.` })
  first: number;

  @Field(() => String, { nullable: true, description: 'Cursor after which to start; absent for the first page.' })
  after?: string | null;
}

export interface EdgeOf<N> {
  cursor: string;
  node: N;
}

/** One page of a list, as a Relay connection. */
export interface ConnectionOf<N> {
  edges: EdgeOf<N>[];
  nodes: N[];
  pageInfo: PageInfo;
  /** Only counted when asked for. */
  totalCount?: number;
}

/** The connection type of a node type: `QuestionConnection` with `QuestionEdge` for `Question`. */
export function connectionType<N>(node: Type<N>, plural: string): Type<ConnectionOf<N>> {
  @ObjectType(`${node.name}Edge`, { description: `One of ${plural} in a page, with its cursor.` })
  class Edge implements EdgeOf<N> {
    @Field({ description: 'Opaque place of this row in the list; give it as `after` to go on from here.' })
    cursor: string;

    @Field(() => node, { description: 'The row.' })
    node: N;
  }

  @ObjectType(`${node.name}Connection`, { description: `A page of ${plural}.` })
  class Connection implements ConnectionOf<N> {
    @Field(() => [Edge], { description: 'The rows with their cursors.' })
    edges: Edge[];

    @Field(() => [node], { description: 'The rows without their cursors.' })
    nodes: N[];

    @Field(() => PageInfo, { description: 'Where this page lies in the list.' })
    pageInfo: PageInfo;

    @Field(() => Int, { nullable: true, description: 'Rows in the whole list. Costs a count: ask only when shown.' })
    totalCount?: number;
  }
  return Connection;
}
