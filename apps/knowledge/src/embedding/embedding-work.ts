import type { knowledgeV1 } from '@cairn/contracts';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Sql } from '../persistence/database.js';

/** What embedding needs of the job it is part of. */
export type EmbeddingWork = Pick<RunningJob, 'id' | 'context' | 'signal' | 'logger' | 'progress' | 'holdFor'>;

/** Called in the transaction that stores a batch, with what is done when it is stored. */
export type OnStored = (sql: Sql, done: knowledgeV1.EmbedResult) => Promise<void>;

export const nothing: knowledgeV1.EmbedResult = { embedded: 0, failed: 0, tokens: 0, passages: 0 };

export function sum(a: knowledgeV1.EmbedResult, b: knowledgeV1.EmbedResult): knowledgeV1.EmbedResult {
  return {
    embedded: a.embedded + b.embedded,
    failed: a.failed + b.failed,
    tokens: a.tokens + b.tokens,
    passages: a.passages + b.passages,
  };
}
