import type { knowledgeV1 } from '@cairn/contracts';
import type { Sql } from './database.js';
import { pageOf, type KeysetPage } from './keyset-page.js';

/** A list that is read newest first: `SELECT columns FROM tables WHERE every condition`. */
export interface KeysetList {
  readonly columns: string;
  readonly tables: string;
  /** The alias in `tables` whose `seq` orders the rows. */
  readonly ordered: string;
  readonly where: readonly string[];
  /** What `$1`, `$2` ... in `where` stand for. */
  readonly parameters: readonly unknown[];
}

export interface PageOfRows<Row> {
  readonly rows: Row[];
  readonly pageInfo: knowledgeV1.PageInfo;
}

/** One page of a list: one statement, and one more for the total if it is asked for. */
export async function readPage<Row extends { seq: number }>(
  sql: Sql,
  list: KeysetList,
  page: KeysetPage,
): Promise<PageOfRows<Row>> {
  const [counted] = page.withTotal ? await sql.rows<{ total: number }>(selectTotal(list), list.parameters) : [];
  const { text, parameters } = selectPage(list, page);
  // What a filter asks for decides on the plan; without one there is one.
  return pageOf(await sql.rows<Row>(text, parameters, { keep: list.parameters.length === 0 }), page, counted?.total);
}

/**
 * The same page of the list of every parent: as many statements as one page costs, however many parents.
 * @param list its conditions name the parent as `parent.id`
 * @param parentIds uuids, or null for a parent that has no rows
 * @returns one page per parent, in the order given
 */
export async function readPagesOfParents<Row extends { seq: number }>(
  sql: Sql,
  list: KeysetList,
  parentIds: readonly (string | null)[],
  page: KeysetPage,
): Promise<PageOfRows<Row>[]> {
  if (parentIds.length === 0) return [];
  const ofEveryParent = (columns: string, select: string, parameters: readonly unknown[]) =>
    `SELECT parent.place, ${columns}
     FROM unnest($${parameters.length + 1}::uuid[]) WITH ORDINALITY AS parent (id, place)
     CROSS JOIN LATERAL (${select}) AS listed`;
  const counted = page.withTotal
    ? await sql.rows<{ place: number; total: number }>(
        ofEveryParent('listed.total', selectTotal(list), list.parameters),
        [...list.parameters, parentIds],
      )
    : [];
  const { text, parameters } = selectPage(list, page);
  const found = await sql.rows<Row & { place: number }>(
    `${ofEveryParent('listed.*', text, parameters)} ORDER BY parent.place, listed.seq DESC`,
    [...parameters, parentIds],
  );
  const totals = new Map(counted.map(({ place, total }) => [place, total]));
  const rowsOf = parentIds.map((): Row[] => []);
  for (const row of found) rowsOf[row.place - 1].push(row);
  return rowsOf.map((rows, index) => pageOf(rows, page, totals.get(index + 1)));
}

function selectTotal({ tables, where }: KeysetList): string {
  return `SELECT count(*) AS total FROM ${tables} WHERE ${where.join(' AND ')}`;
}

function selectPage(list: KeysetList, page: KeysetPage): { text: string; parameters: unknown[] } {
  const parameters = [...list.parameters];
  const where = [...list.where];
  if (page.afterSeq !== undefined) where.push(`${list.ordered}.seq < $${parameters.push(page.afterSeq)}`);
  const text = `SELECT ${list.columns} FROM ${list.tables}
     WHERE ${where.join(' AND ')} ORDER BY ${list.ordered}.seq DESC LIMIT ${page.first + 1}`;
  return { text, parameters };
}
