import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import { findEncoderInUse } from '../embedding/encoder-in-use.js';
import { decodeVectors } from '../embedding/vector-codec.js';
import type { Sql } from '../persistence/database.js';
import { chooseSpread } from './choose-spread.js';

export interface ChosenQuestion {
  readonly questionId: string;
  readonly uncertainty: number;
  readonly distance: number;
}

/** The most uncertain questions, of which those unlike each other are chosen. */
const candidates = 2_000;
/** Labelled questions that stand for all: distances to more would keep the process from answering others. */
const landmarks = 400;

/**
 * The questions whose labels would help most: the most uncertain, spread over what is unlike each other and what people
 * and imports have labelled. Empty before anything is embedded.
 * @param count 1 to 200; 0: 20
 */
export async function chooseToLabel(sql: Sql, caller: Caller, count: number): Promise<ChosenQuestion[]> {
  requireRole(caller, 'editor');
  const wanted = count || 20;
  if (wanted < 1 || wanted > 200)
    throw DomainError.invalid('count', `1 to 200 questions can be chosen; ${wanted} were asked for.`);
  const encoder = await findEncoderInUse(sql);
  if (encoder === undefined) return [];
  const { dimension } = encoder.provenance;
  const uncertain = await sql.rows<{ id: string; uncertainty: number; vector: Buffer }>(
    `SELECT question.id, vector_send(embedding.vector) AS vector,
       CASE WHEN verdict.unknown THEN 1.0 ELSE 1.0 - coalesce(verdict.confidence, 0.5) END AS uncertainty
     FROM question
     JOIN embedding ON embedding.encoder = $1 AND embedding.question_id = question.id
       AND embedding.text_hash = md5(question.text)
     LEFT JOIN classification AS verdict ON verdict.question_id = question.id
       AND verdict.text_hash = md5(question.text)
       AND verdict.head_id = (SELECT id FROM trained_head WHERE state = 'in_use')
     WHERE question.state <> 'archived' AND coalesce(question.topic_said_by, 'model') = 'model'
       AND NOT EXISTS (SELECT 1 FROM annotation WHERE annotation.question_id = question.id)
     ORDER BY uncertainty DESC, question.id LIMIT ${candidates}`,
    [encoder.id],
  );
  // Ids are random: the first of them are a fair sample, and the same one every time.
  const labelled = await sql.rows<{ vector: Buffer }>(
    `SELECT vector_send(embedding.vector) AS vector
     FROM question JOIN embedding ON embedding.encoder = $1 AND embedding.question_id = question.id
     WHERE question.topic_said_by IN ('person', 'import') AND question.state <> 'archived'
     ORDER BY question.id LIMIT ${landmarks}`,
    [encoder.id],
  );
  const chosen = chooseSpread(
    unitRows(uncertain, dimension),
    Float32Array.from(uncertain, ({ uncertainty }) => uncertainty),
    unitRows(labelled, dimension),
    dimension,
    wanted,
  );
  return chosen.map(({ row, distance }) => ({
    questionId: uncertain[row].id,
    uncertainty: Number(uncertain[row].uncertainty),
    distance,
  }));
}

/** Vectors `[rows, dimension]`, each of length 1. */
function unitRows(rows: readonly { vector: Buffer }[], dimension: number): Float32Array {
  const matrix = decodeVectors(
    rows.map(({ vector }) => vector),
    dimension,
  );
  for (let start = 0; start < matrix.length; start += dimension) {
    const row = matrix.subarray(start, start + dimension);
    const length = Math.hypot(...row);
    if (length > 0) for (let i = 0; i < dimension; i++) row[i] /= length;
  }
  return matrix;
}
