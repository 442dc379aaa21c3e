import { DomainError, type InferenceClient, type vectorsV1 } from '@cairn/contracts';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database, Sql } from '../persistence/database.js';

/** A row of `encoder`: the number that vectors point to, and what it stands for. */
export interface EncoderRecord {
  readonly id: number;
  readonly inUse: boolean;
  readonly provenance: vectorsV1.Provenance;
}

interface EncoderRow {
  readonly id: number;
  readonly in_use: boolean;
  readonly encoder_id: string;
  readonly revision: string;
  readonly layer: number;
  readonly pooling: string;
  readonly normalized: boolean;
  readonly dimension: number;
}

function toRecord(row: EncoderRow): EncoderRecord {
  const { encoder_id: encoderId, revision, layer, pooling, normalized, dimension } = row;
  return {
    id: row.id,
    inUse: row.in_use,
    provenance: { encoderId, revision, layer, pooling, normalized, dimension },
  };
}

/** The encoder whose vectors serve search, clustering and training; undefined before the first embedding. */
export async function findEncoderInUse(sql: Sql): Promise<EncoderRecord | undefined> {
  const [row] = await sql.rows<EncoderRow>('SELECT * FROM encoder WHERE in_use');
  return row && toRecord(row);
}

export async function findEncoder(sql: Sql, id: number): Promise<EncoderRecord | undefined> {
  const [row] = await sql.rows<EncoderRow>('SELECT * FROM encoder WHERE id = $1', [id]);
  return row && toRecord(row);
}

/** The encoder whose vectors a head reads; undefined if there is no such head. */
export async function findEncoderOfHead(sql: Sql, headId: string): Promise<EncoderRecord | undefined> {
  const [row] = await sql.rows<EncoderRow>(
    'SELECT encoder.* FROM encoder JOIN trained_head ON trained_head.encoder = encoder.id WHERE trained_head.id = $1',
    [headId],
  );
  return row && toRecord(row);
}

/**
 * The row of the encoder that inference uses by default, made if it is new. The very first one is in use at once; a
 * changed one waits until all questions have its vectors (see embed-job.ts).
 */
export async function resolveDefaultEncoder(
  database: Database,
  inference: InferenceClient,
  job: RunningJob,
): Promise<EncoderRecord> {
  const { provenance } = await inference.getModel({ id: '' }, { context: job.context, signal: job.signal });
  if (provenance == null)
    throw new DomainError('UNAVAILABLE', 'The default encoder is not ready yet; try again in a moment.');
  return database.transaction(async (sql) => {
    const row = await registerEncoder(sql, provenance);
    const first = await sql.rows<EncoderRow>(
      `UPDATE encoder SET in_use = true WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM encoder WHERE in_use) RETURNING *`,
      [row.id],
    );
    return first[0] === undefined ? row : toRecord(first[0]);
  });
}

/** The row of an encoder, made if it is new. */
export async function registerEncoder(sql: Sql, provenance: vectorsV1.Provenance): Promise<EncoderRecord> {
  const { encoderId, revision, layer, pooling, normalized, dimension } = provenance;
  const [row] = await sql.rows<EncoderRow>(
    `INSERT INTO encoder (encoder_id, revision, layer, pooling, normalized, dimension)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (space_id, encoder_id, revision, layer, pooling, normalized, dimension)
       DO UPDATE SET encoder_id = excluded.encoder_id
     RETURNING *`,
    [encoderId, revision, layer, pooling, normalized, dimension],
  );
  return toRecord(row);
}

/**
 * Makes an encoder the one in use, in one step: what reads vectors sees the old ones or the new ones, never both.
 * @param also what changes with it, in the same transaction
 */
export async function switchEncoder(
  database: Database,
  encoder: EncoderRecord,
  job: Pick<RunningJob, 'guard'>,
  also: (sql: Sql) => Promise<unknown> = async () => {},
): Promise<void> {
  await database.transaction(async (sql) => {
    await job.guard(sql);
    await sql.rows('UPDATE encoder SET in_use = false WHERE in_use');
    await sql.rows('UPDATE encoder SET in_use = true WHERE id = $1', [encoder.id]);
    await also(sql);
  });
}
