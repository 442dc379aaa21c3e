import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import type { Sql } from '../persistence/database.js';
import { readPage, type PageOfRows } from '../persistence/keyset-list.js';
import type { KeysetPage } from '../persistence/keyset-page.js';
import { isId } from '../questions/checked-text.js';
import type { SuggestionDecision } from './suggestion-state.js';

/** A row of `suggestion_decision`. */
export interface DecisionRecord {
  readonly id: string;
  readonly seq: number;
  readonly suggestion_id: string;
  readonly kind: SuggestionDecision;
  readonly decided_by: string;
  readonly decided_at: Date;
  readonly reason: string;
  readonly topic_id: string | null;
  readonly made_topic: boolean;
  readonly other_ids: string[];
  readonly labelled: number;
  readonly title_before: string;
  readonly title_after: string;
  readonly before: unknown;
  readonly undone_by: string | null;
  readonly undone_at: Date | null;
}

/** Decisions, newest first. @param suggestionId on this one, or in which it took part; empty: on all */
export function listDecisions(sql: Sql, suggestionId: string, page: KeysetPage): Promise<PageOfRows<DecisionRecord>> {
  if (suggestionId !== '' && !isId(suggestionId)) throw DomainError.notFound('suggestion', suggestionId);
  return readPage(
    sql,
    {
      columns: 'decision.*',
      tables: 'suggestion_decision AS decision',
      ordered: 'decision',
      where: suggestionId === '' ? ['true'] : ['(decision.suggestion_id = $1 OR $1 = ANY (decision.other_ids))'],
      parameters: suggestionId === '' ? [] : [suggestionId],
    },
    page,
  );
}

/** @throws NOT_FOUND */
export async function readDecision(sql: Sql, id: string): Promise<DecisionRecord> {
  const [decision] = await sql.rows<DecisionRecord>('SELECT * FROM suggestion_decision WHERE id = $1', [id]);
  if (decision === undefined) throw DomainError.notFound('decision', id);
  return decision;
}

/** A row as the contract's Decision. */
export function decisionToMessage(row: DecisionRecord): knowledgeV1.Decision {
  return {
    id: row.id,
    suggestionId: row.suggestion_id,
    kind: row.kind,
    decidedBy: row.decided_by,
    decidedAtMs: row.decided_at.getTime(),
    reason: row.reason,
    topicId: row.topic_id ?? '',
    otherSuggestionIds: row.other_ids,
    labelled: row.labelled,
    titleBefore: row.title_before,
    titleAfter: row.title_after,
    undoneBy: row.undone_by ?? '',
    undoneAtMs: row.undone_at?.getTime() ?? 0,
  };
}
