import { DomainError, type InferenceClient, type knowledgeV1 } from '@cairn/contracts';
import type { JobHandler, RunningJob } from '../jobs/job-handler.js';
import type { Database } from '../persistence/database.js';
import { evaluateHeads } from './evaluate-heads.js';
import { findHeadInUse } from './head-in-use.js';

/** A head beside another on the labels that neither has learned from. */
export class EvaluateJob implements JobHandler<'evaluate'> {
  constructor(
    private readonly database: Database,
    private readonly inference: InferenceClient,
  ) {}

  /** @throws NOT_FOUND for a head that does not exist; INVALID_INPUT if there is nothing to measure, or to measure on */
  async run(
    { headId, againstHeadId }: knowledgeV1.EvaluateInput,
    job: RunningJob<'evaluate'>,
  ): Promise<knowledgeV1.EvaluateResult> {
    const inUse = await findHeadInUse(this.database);
    const head = headId || inUse?.id;
    if (head === undefined)
      throw DomainError.invalid('headId', 'There is no head in use: train one first, or say which head to evaluate.');
    // The head in use is measured alone unless it is said what to compare it with.
    const against = againstHeadId || (inUse?.id === head ? undefined : inUse?.id);
    for (const [field, id] of Object.entries({ headId: head, againstHeadId: against })) {
      if (id === undefined) continue;
      const [known] = await this.database.rows('SELECT 1 FROM trained_head WHERE id = $1', [id]);
      if (known === undefined) throw new DomainError('NOT_FOUND', `There is no head "${id}".`, { field });
    }
    const { id } = await evaluateHeads(this.database, this.inference, head, against, job);
    return { evaluationId: id };
  }
}
