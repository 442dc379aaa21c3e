import { DomainError } from '@cairn/contracts';
import type { FusedRank } from './fuse-ranks.js';

const pattern = /^hit:(0\.\d{1,20}|\d(?:\.\d{1,20})?e-\d{1,3}):([0-9a-f-]{36})$/;

/** An opaque cursor of a hit: its score and its id, which order the hits. */
export function hitCursor({ id, score }: Pick<FusedRank, 'id' | 'score'>): string {
  return Buffer.from(`hit:${score}:${id}`).toString('base64url');
}

/**
 * The hits after a cursor. A hit that is not found any more leaves its place to the next lower score.
 * @throws INVALID_INPUT naming `after`
 */
export function afterCursor(hits: readonly FusedRank[], after: string): readonly FusedRank[] {
  if (after === '') return hits;
  const [, score, id] = pattern.exec(Buffer.from(after, 'base64url').toString('utf8')) ?? [];
  if (id === undefined)
    throw DomainError.invalid('after', 'This is not a cursor of a search; use one of its hits, or none.');
  const place = hits.findIndex((hit) => hit.id === id);
  if (place >= 0) return hits.slice(place + 1);
  const lower = hits.findIndex((hit) => hit.score < Number(score));
  return lower < 0 ? [] : hits.slice(lower);
}
