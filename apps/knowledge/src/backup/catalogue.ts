/** What the database says of its own tables. */

/** One statement on a connection that is in a transaction; as `runner.query` of TypeORM. */
export type Run = <Row>(text: string, parameters?: unknown[]) => Promise<Row[]>;

/** Tables of the schema `public` but that of migrations, by name. The queue's own schema holds nothing but knocks. */
export async function tables(run: Run): Promise<string[]> {
  const rows = await run<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
     AND relname <> 'migrations' ORDER BY relname`,
  );
  return rows.map(({ name }) => name);
}

/** Columns that hold what was given and not what is computed from it, quoted. */
export async function storedColumns(run: Run, table: string): Promise<string[]> {
  const rows = await run<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute
     WHERE attrelid = ('public.' || quote_ident($1))::regclass AND attnum > 0 AND NOT attisdropped
       AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}

/** Definitions of indexes that no migration makes: those of the vectors of each encoder. */
export async function vectorIndexes(run: Run): Promise<string[]> {
  const rows = await run<{ definition: string }>(
    `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relname ~ '^(passage_)?embedding_hnsw_' AND indisvalid ORDER BY relname`,
  );
  return rows.map(({ definition }) => definition);
}

export async function rowCounts(run: Run): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of await tables(run)) {
    const [{ rows }] = await run<{ rows: number }>(`SELECT count(*) AS rows FROM public."${table}"`);
    counts[table] = Number(rows);
  }
  return counts;
}
