import { DomainError, type knowledgeV1 } from '@cairn/contracts';

/** A page of a list, newest or oldest first by `seq`: a unique number that never changes. */
export interface KeysetPage {
  /** 1 to 100. */
  readonly first: number;
  /** Exclusive; undefined for the first page. */
  readonly afterSeq?: number;
  readonly withTotal: boolean;
}

const defaultFirst = 20;
const maxFirst = 100;
const cursorPattern = /^seq:(\d{1,16})$/;

/** An opaque cursor. Every list is ordered by `seq` alone, so that is all it carries. */
export function cursorOf(seq: number): string {
  return Buffer.from(`seq:${seq}`).toString('base64url');
}

/** @throws INVALID_INPUT naming `first` or `after` */
export function keysetPage(request: knowledgeV1.PageRequest | undefined): KeysetPage {
  const first = request?.first || defaultFirst;
  if (first < 1 || first > maxFirst)
    throw DomainError.invalid('first', `A page has 1 to ${maxFirst} rows; ${first} were asked for.`);
  const withTotal = request?.withTotal ?? false;
  const after = request?.after ?? '';
  if (after === '') return { first, withTotal };
  const seq = cursorPattern.exec(Buffer.from(after, 'base64url').toString('utf8'))?.[1];
  if (seq === undefined)
    throw DomainError.invalid('after', 'This is not a cursor of this list; use one from pageInfo, or none.');
  return { first, afterSeq: Number(seq), withTotal };
}

/**
 * What was read as a page.
 * @param rows up to `first + 1` rows: the one too many says that there is a next page
 */
export function pageOf<Row extends { seq: number }>(
  rows: readonly Row[],
  page: KeysetPage,
  total: number | undefined,
): { rows: Row[]; pageInfo: knowledgeV1.PageInfo } {
  const kept = rows.slice(0, page.first);
  return {
    rows: kept,
    pageInfo: { hasNextPage: rows.length > page.first, cursors: kept.map(({ seq }) => cursorOf(seq)), total },
  };
}
