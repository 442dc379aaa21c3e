/** The part of a page that paging needs. */
export interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * Every row of a list, page by page.
 * @param read reads the page after a cursor, null for the first one; a null page (it may not be seen) ends the list
 */
export async function* allNodes<Node>(
  read: (after: string | null) => Promise<Page<Node> | null>,
): AsyncGenerator<Node> {
  for (let after: string | null = null; ;) {
    const page: Page<Node> | null = await read(after);
    if (page === null) return;
    yield* page.nodes;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}
