import type { inferenceV1 } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';

/** A row of `trained_head`. `figures` is the head as inference described it. */
export interface HeadRecord {
  readonly id: string;
  readonly seq: number;
  readonly state: 'candidate' | 'in_use' | 'retired';
  readonly encoder: number;
  readonly figures: inferenceV1.Head;
  readonly parent_id: string | null;
  readonly job_id: string | null;
  readonly seed: number;
  readonly created_at: Date;
  readonly promoted_at: Date | null;
}

export const headColumns =
  'id, seq, state, encoder, figures, parent_id, job_id, seed, created_at, promoted_at' as const;

/** The head that says what is known; undefined before the first promotion. */
export async function findHeadInUse(sql: Sql): Promise<HeadRecord | undefined> {
  const [head] = await sql.rows<HeadRecord>(`SELECT ${headColumns} FROM trained_head WHERE state = 'in_use'`);
  return head;
}
