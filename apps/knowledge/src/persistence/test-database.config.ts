/** A PostgreSQL with pgvector for the database ring; undefined: the embedded database. */
export function testDatabaseUrl(): string | undefined {
  return process.env.TEST_DATABASE_URL || undefined;
}

/** The environment that programs started by tests inherit. */
export function testPath(): string | undefined {
  return process.env.PATH;
}

/** A data directory that embedded databases of specs begin as copies of; `npm test` makes one. */
export function testTemplate(): string | undefined {
  return process.env.EMBEDDED_TEMPLATE || undefined;
}
