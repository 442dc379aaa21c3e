import { DomainError, type InferenceClient, type inferenceV1 } from '@cairn/contracts';
import type { RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { evaluateHeads, type StoredEvaluation } from './evaluate-heads.js';
import type { HeadRecord } from './head-in-use.js';
import type { PromotionReason } from './promotion-record.js';
import { decidePromotion } from './promotion-rule.js';
import { readPromotionRule } from './stored-rule.js';

export interface Judgement {
  /** Whether the new head is to be put in use. */
  readonly promote: boolean;
  /** Why, or why not. */
  readonly why: PromotionReason;
  /** Absent if nothing was held out. */
  readonly evaluation?: StoredEvaluation;
}

/**
 * What becomes of a head that was just trained: it is measured beside the one in use, then the rules decide.
 * @param asked whether the training was asked to put it in use if it is not worse
 * @param isObsolete whether the head in use reads vectors of an encoder that is not in use any more
 */
export async function judgeTrained(
  database: Database,
  inference: InferenceClient,
  head: inferenceV1.Head,
  inUse: HeadRecord | undefined,
  { asked, isObsolete }: { readonly asked: boolean; readonly isObsolete: boolean },
  job: RunningJob,
): Promise<Judgement> {
  if (inUse?.id === head.id) {
    const reason = 'the same training again: its head is in use already';
    return { promote: asked, why: { cause: 'training', reason, actor: actorOf(job) } };
  }
  const evaluation = await measure(database, inference, head.id, inUse?.id, job);
  const compared = (of: inferenceV1.Head) => ({ topics: of.classes, accuracy: of.figures?.accuracy ?? 0 });
  const { promote, cause, reason } = decidePromotion({
    candidate: compared(head),
    inUse: inUse && compared(inUse.figures),
    figures: evaluation?.figures,
    ...{ asked, isObsolete },
    rule: await readPromotionRule(database),
  });
  const why: PromotionReason = { cause, reason, actor: actorOf(job), evaluationId: evaluation?.id };
  return { promote, why, evaluation };
}

/** Beside the head in use; alone if the two cannot be compared, as that one kept no record; not at all without labels. */
async function measure(
  database: Database,
  inference: InferenceClient,
  headId: string,
  againstId: string | undefined,
  job: RunningJob,
): Promise<StoredEvaluation | undefined> {
  try {
    return await evaluateHeads(database, inference, headId, againstId, job);
  } catch (error) {
    const isRefused = error instanceof DomainError && ['INVALID_INPUT', 'NOT_FOUND'].includes(error.code);
    if (!isRefused) throw error;
    job.logger.info({ jobId: job.id, headId, againstId, reason: error.message }, 'heads could not be compared');
    if (againstId !== undefined) return measure(database, inference, headId, undefined, job);
    job.progress('evaluate', 1, 1);
    return undefined;
  }
}

const actorOf = ({ context }: RunningJob): string => context.actor ?? '';
