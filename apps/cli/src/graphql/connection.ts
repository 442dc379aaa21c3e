import type { GraphqlClient } from './graphql-client.js';

/** The part of a Relay connection that paging needs. */
export interface Connection<N> {
  readonly nodes: readonly N[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
}

const pageSize = 100;

/**
 * All rows of a list, page by page, in the server's order.
 * @param query takes `$first: Int!, $after: String` besides `variables`
 * @param field name of the connection in `query`
 */
export async function* allNodes<N>(
  client: GraphqlClient,
  query: string,
  field: string,
  variables: Readonly<Record<string, unknown>> = {},
): AsyncGenerator<N> {
  for (let after: string | null | undefined; ;) {
    const page: Connection<N> = (
      await client.request<Record<string, Connection<N>>>(query, { ...variables, first: pageSize, after })
    )[field];
    yield* page.nodes;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}

/** As `allNodes`, in an array. */
export async function listNodes<N>(
  client: GraphqlClient,
  query: string,
  field: string,
  variables?: Readonly<Record<string, unknown>>,
): Promise<N[]> {
  const nodes: N[] = [];
  for await (const node of allNodes<N>(client, query, field, variables)) nodes.push(node);
  return nodes;
}

/** The first `most` rows of a list; no page is larger than what is still wanted. */
export async function firstNodes<N>(
  client: GraphqlClient,
  query: string,
  field: string,
  variables: Readonly<Record<string, unknown>>,
  most: number,
): Promise<N[]> {
  const nodes: N[] = [];
  for (let after: string | null | undefined; nodes.length < most;) {
    const first = Math.min(pageSize, most - nodes.length);
    const found = await client.request<Record<string, Connection<N>>>(query, { ...variables, first, after });
    nodes.push(...found[field].nodes);
    if (!found[field].pageInfo.hasNextPage) break;
    after = found[field].pageInfo.endCursor;
  }
  return nodes;
}
