/**
 * When the vectors of an encoder get an HNSW index, and when they are searched exactly.
 *
 * Measured, one query for 50 neighbours among vectors of 256 to 384 components:
 *
 *   |                       | PGlite       | PostgreSQL 17 |
 *   | exact, 20,000         | 33 ms        | 16 ms         |
 *   | HNSW, 20,000          | 5 ms         | 2 ms          |
 *   | building it           | 0.9 - 2.5 ms a vector, everything else waits | 0.3 ms a vector, nothing waits |
 *   | inserting into it     | 13 ms a vector | 3 ms a vector |
 *
 * So PGlite searches exactly until exact search itself would be felt, and a bulk never inserts into an index.
 */
import { acrossSpaces } from '../access/scope.js';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import type { EncoderRecord } from './encoder-in-use.js';

/** Where vectors are: those of questions, those of passages of answers. Each has an index of its own for each encoder. */
export type VectorTable = 'embedding' | 'passage_embedding';

/** Vectors of one encoder from which on a table has an index of them. */
export const indexFrom = { embedded: 50_000, postgres: 5_000 } as const;

/** More new vectors than this share of those indexed are a bulk. */
const bulkShare = 0.2;

/** pgvector indexes `vector` up to this many components; longer ones are searched exactly. */
const maxIndexedDimension = 2_000;

/** Seconds a vector of 384 components takes on PGlite, with room to spare: the lease must outlast the build. */
const buildSecondsPerVector = 0.0075;

export interface IndexSituation {
  readonly kind: 'embedded' | 'postgres';
  readonly dimension: number;
  /** Vectors that are there. */
  readonly present: number;
  /** Vectors about to be written. */
  readonly missing: number;
  readonly indexed: boolean;
}

export interface IndexPlan {
  readonly dropFirst: boolean;
  readonly buildAfter: boolean;
}

/** What to do with the index around a run that writes `missing` vectors. */
export function planIndex({ kind, dimension, present, missing, indexed }: IndexSituation): IndexPlan {
  if (dimension > maxIndexedDimension) return { dropFirst: false, buildAfter: false };
  const dropFirst = indexed && missing > bulkShare * present;
  const wanted = present + missing >= indexFrom[kind];
  return { dropFirst, buildAfter: (dropFirst || !indexed) && wanted };
}

/** Numbers from our own tables; checked because they become part of a statement. */
function indexName(table: VectorTable, encoder: EncoderRecord): string {
  if (!Number.isSafeInteger(encoder.id) || !Number.isSafeInteger(encoder.provenance.dimension))
    throw new Error('An encoder has a number that is none.');
  return `${table}_hnsw_${encoder.id}`;
}

/** Whether the encoder has a usable index: a build that was killed leaves an invalid one behind. */
export async function hasIndex(database: Database, table: VectorTable, encoder: EncoderRecord): Promise<boolean> {
  const rows = await database.rows(
    `SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND indisvalid AND indisready`,
    [indexName(table, encoder)],
  );
  return rows.length > 0;
}

export async function dropIndex(database: Database, table: VectorTable, encoder: EncoderRecord): Promise<void> {
  await acrossSpaces(() => database.rows(`DROP INDEX IF EXISTS ${indexName(table, encoder)}`));
}

/**
 * Writes vectors with the index around them as `planIndex` has it: dropped before a bulk, built when there are enough.
 * @param missing vectors about to be written, as far as that can be told
 * @param write returns how many it wrote
 */
export async function writeIndexed(
  database: Database,
  table: VectorTable,
  encoder: EncoderRecord,
  { present, missing }: Pick<IndexSituation, 'present' | 'missing'>,
  job: Pick<RunningJob, 'progress' | 'holdFor'>,
  write: () => Promise<number>,
): Promise<void> {
  const indexed = await hasIndex(database, table, encoder);
  const situation = { kind: database.kind, dimension: encoder.provenance.dimension };
  const { dropFirst } = planIndex({ ...situation, present, missing, indexed });
  if (dropFirst) await dropIndex(database, table, encoder);
  const vectors = present + (await write());
  const after = planIndex({ ...situation, present: vectors, missing: 0, indexed: indexed && !dropFirst });
  if (after.buildAfter) await buildIndex(database, table, encoder, vectors, job);
}

/** Builds the index of one encoder: partial, so that vectors of different encoders never meet. */
export async function buildIndex(
  database: Database,
  table: VectorTable,
  encoder: EncoderRecord,
  vectors: number,
  job: Pick<RunningJob, 'progress' | 'holdFor'>,
): Promise<void> {
  const name = indexName(table, encoder);
  const { dimension } = encoder.provenance;
  await dropIndex(database, table, encoder);
  job.progress('index', 0, 0);
  // On PGlite a build stops everything else, whichever way it is asked for.
  const concurrently = database.kind === 'postgres' ? 'CONCURRENTLY' : '';
  const seconds = Math.ceil((vectors * buildSecondsPerVector * dimension) / 384);
  // An encoder belongs to one space, and so does its index; making one takes the owner of the table.
  await job.holdFor(seconds, () =>
    acrossSpaces(() =>
      database.withSetting(
        'maintenance_work_mem',
        `${indexMemoryMib(vectors, dimension)}MB`,
        `CREATE INDEX ${concurrently} ${name} ON ${table}
         USING hnsw ((vector::vector(${dimension})) vector_cosine_ops) WHERE encoder = ${encoder.id}`,
      ),
    ),
  );
}

/** Bytes of a vector's links and tuple headers in the graph of m = 16, measured. */
const linkBytes = 480;
const leastMib = 64;
const mostMib = 8192;

/**
 * Memory for building the graph. One that does not fit is built on disk from there on, twenty times slower: 1,000,000
 * vectors of 256 components need 1.4 GiB.
 */
export function indexMemoryMib(vectors: number, dimension: number): number {
  const needed = (1.1 * vectors * (4 * dimension + linkBytes)) / 2 ** 20;
  return Math.ceil(Math.min(mostMib, Math.max(leastMib, needed)));
}
