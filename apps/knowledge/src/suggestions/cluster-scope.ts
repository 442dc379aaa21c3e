import { DomainError } from '@cairn/contracts';
import type { VectorSelection } from '../embedding/stored-vectors.js';
import type { Database } from '../persistence/database.js';

/** Which questions a clustering looks at. */
export type ClusterScope = 'unknown' | 'unlabelled' | 'all';

const notLabelled = `(q.topic_said_by IS NULL OR q.topic_said_by = 'model')`;
const notArchived = `q.state <> 'archived'`;

/** Archived questions are never clustered; what a person or an import has labelled only in the scope `all`. */
export function selectionOf(scope: ClusterScope): VectorSelection {
  switch (scope) {
    case 'unknown':
      return {
        joins: 'JOIN classification c ON c.question_id = q.id AND c.unknown AND c.text_hash = e.text_hash',
        where: `${notArchived} AND ${notLabelled}`,
      };
    case 'unlabelled':
      return { where: `${notArchived} AND ${notLabelled}` };
    case 'all':
      return { where: notArchived };
  }
}

/**
 * Tells "nothing is unknown", which is a fine result, from "nobody has looked".
 * @throws INVALID_INPUT if the scope is `unknown` and no question has been classified
 */
export async function requireVerdicts(database: Database, scope: ClusterScope): Promise<void> {
  if (scope !== 'unknown') return;
  const classified = await database.rows('SELECT 1 FROM classification LIMIT 1');
  if (classified.length === 0)
    throw DomainError.invalid(
      'scope',
      'No question is classified yet, so none is unknown: train a head and classify first, or cluster with the scope "unlabelled".',
    );
}
