import type { knowledgeV1 } from '@cairn/contracts';
import DataLoader from 'dataloader';

/** Lists in one call. */
const maxParents = 500;
/** Rows in one call, so that the answer stays well below the largest message: pages of 100 rows for 100 parents. */
const maxRows = 10_000;

/** Which page of which list, the parent left out. */
export interface PageQuery {
  readonly page: Partial<knowledgeV1.PageRequest>;
  readonly states?: knowledgeV1.SuggestionState[];
}

/** Gathers the lists that parents have, the same page of each in one call: page size, cursor, total and filter. */
export class PageLoader<Page> {
  private readonly samePage = new Map<string, DataLoader<string, Page>>();

  /** @param fetch answers with one page per parent, in the order asked */
  constructor(private readonly fetch: (parentIds: string[], query: PageQuery) => Promise<Page[]>) {}

  load(parentId: string, query: PageQuery): Promise<Page> {
    const key = JSON.stringify(query);
    let loader = this.samePage.get(key);
    if (loader === undefined) {
      const maxBatchSize = Math.min(maxParents, Math.max(1, Math.floor(maxRows / (query.page.first || 1))));
      loader = new DataLoader((ids: readonly string[]) => this.fetch([...ids], query), { maxBatchSize });
      this.samePage.set(key, loader);
    }
    return loader.load(parentId);
  }
}
