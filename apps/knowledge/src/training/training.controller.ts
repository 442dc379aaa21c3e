import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { beyondLimits, DomainError, knowledgeV1, type InferenceClient } from '@cairn/contracts';
import { actorOf, callerOf, requireRole, type Caller } from '../access/caller.js';
import type { Logger } from '@cairn/service-kit';
import { INFERENCE, LOGGER } from '../injection-tokens.js';
import { Database } from '../persistence/database.js';
import { keysetPage, pageOf } from '../persistence/keyset-page.js';
import {
  changeToMessage,
  evaluationToMessage,
  type ChangeRecord,
  type EvaluationRecord,
} from './evaluation-message.js';
import { findHeadInUse, headColumns } from './head-in-use.js';
import { headToMessage, type HeadWithEncoder } from './head-message.js';
import { findEncoderOfHead } from '../embedding/encoder-in-use.js';
import { returnToEncoder } from './promote-encoder.js';
import { promoteHead } from './promote-head.js';
import { headBefore, promotionToMessage, type PromotionReason, type PromotionRecord } from './promotion-record.js';
import { readPromotionRule, writePromotionRule } from './stored-rule.js';

const heads = `(SELECT trained_head.*, encoder_id, revision AS encoder_revision
  FROM trained_head JOIN encoder ON encoder.id = trained_head.encoder) AS head`;
/** A promotion that embeds what is missing answers within this time, or says that it could not. */
const promotionMs = 25_000;
const columns = `${headColumns}, encoder_id, encoder_revision`;

@Controller()
@knowledgeV1.TrainingServiceControllerMethods()
export class TrainingController implements knowledgeV1.TrainingServiceController {
  constructor(
    private readonly database: Database,
    @Inject(INFERENCE) private readonly inference: InferenceClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async listHeads(request: knowledgeV1.ListHeadsRequest, metadata?: Metadata): Promise<knowledgeV1.ListHeadsResponse> {
    requireRole(callerOf(metadata), 'reader');
    const page = keysetPage(request.page);
    const found = await this.database.rows<HeadWithEncoder>(
      `SELECT ${columns} FROM ${heads} WHERE $1::bigint IS NULL OR seq < $1 ORDER BY seq DESC LIMIT $2`,
      [page.afterSeq ?? null, page.first + 1],
    );
    const total = page.withTotal ? await this.count('trained_head') : undefined;
    const { rows, pageInfo } = pageOf(found, page, total);
    return { heads: rows.map(headToMessage), pageInfo };
  }

  async getHeads({ ids }: knowledgeV1.GetHeadsRequest, metadata?: Metadata): Promise<knowledgeV1.HeadList> {
    requireRole(callerOf(metadata), 'reader');
    const found = await this.find(ids);
    return { heads: ids.flatMap((id) => found.filter((head) => head.id === id)).map(headToMessage) };
  }

  /** For whoever may classify, callers without a key too. */
  async getHeadInUse(): Promise<knowledgeV1.HeadInUse> {
    return { headId: (await findHeadInUse(this.database))?.id ?? '' };
  }

  async promoteHead({ id }: knowledgeV1.PromoteHeadRequest, metadata?: Metadata): Promise<knowledgeV1.TrainedHead> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    const why = { cause: 'person', reason: `${actorOf(caller)} promoted it`, actor: actorOf(caller) } as const;
    return this.putInUse(id, why, caller);
  }

  async rollbackHead(_: knowledgeV1.RollbackHeadRequest, metadata?: Metadata): Promise<knowledgeV1.TrainedHead> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    const why = { cause: 'rollback', reason: `${actorOf(caller)} went back to it`, actor: actorOf(caller) } as const;
    return this.putInUse(await headBefore(this.database), why, caller);
  }

  async listPromotions(
    request: knowledgeV1.ListPromotionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListPromotionsResponse> {
    requireRole(callerOf(metadata), 'admin');
    const page = keysetPage(request.page);
    const found = await this.database.rows<PromotionRecord>(
      'SELECT * FROM promotion WHERE $1::bigint IS NULL OR seq < $1 ORDER BY seq DESC LIMIT $2',
      [page.afterSeq ?? null, page.first + 1],
    );
    const { rows, pageInfo } = pageOf(found, page, page.withTotal ? await this.count('promotion') : undefined);
    return { promotions: rows.map(promotionToMessage), pageInfo };
  }

  async listEvaluations(
    request: knowledgeV1.ListEvaluationsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListEvaluationsResponse> {
    requireRole(callerOf(metadata), 'reader');
    const page = keysetPage(request.page);
    const ofHead = `($1 = '' OR head_id = $1)`;
    const found = await this.database.rows<EvaluationRecord>(
      `SELECT * FROM evaluation WHERE ${ofHead} AND ($2::bigint IS NULL OR seq < $2) ORDER BY seq DESC LIMIT $3`,
      [request.headId, page.afterSeq ?? null, page.first + 1],
    );
    const total = page.withTotal ? await this.count('evaluation', ofHead, [request.headId]) : undefined;
    const { rows, pageInfo } = pageOf(found, page, total);
    return { evaluations: rows.map(evaluationToMessage), pageInfo };
  }

  async getEvaluations(
    { ids }: knowledgeV1.GetEvaluationsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.EvaluationList> {
    requireRole(callerOf(metadata), 'reader');
    const rows = await this.database.rows<EvaluationRecord>('SELECT * FROM evaluation WHERE id::text = ANY ($1)', [
      ids,
    ]);
    return { evaluations: rows.map(evaluationToMessage) };
  }

  async listEvaluationChanges(
    { evaluationId, page: asked, change }: knowledgeV1.ListEvaluationChangesRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListEvaluationChangesResponse> {
    // Texts of questions that may not be published.
    requireRole(callerOf(metadata), 'editor');
    const page = keysetPage(asked);
    if (!['', 'fixed', 'broken', 'otherwise wrong'].includes(change))
      throw DomainError.invalid('change', `There is no change "${change}"; choose fixed, broken or otherwise wrong.`);
    const which = `evaluation_id::text = $1 AND ($2 = '' OR change = $2)`;
    const found = await this.database.rows<ChangeRecord>(
      `SELECT * FROM evaluation_change WHERE ${which} AND ($3::bigint IS NULL OR seq > $3) ORDER BY seq LIMIT $4`,
      [evaluationId, change, page.afterSeq ?? null, page.first + 1],
    );
    const total = page.withTotal ? await this.count('evaluation_change', which, [evaluationId, change]) : undefined;
    const { rows, pageInfo } = pageOf(found, page, total);
    return { changes: rows.map(changeToMessage), pageInfo };
  }

  async getPromotionRule(
    _: knowledgeV1.GetPromotionRuleRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.PromotionRule> {
    requireRole(callerOf(metadata), 'reader');
    return readPromotionRule(this.database);
  }

  async setPromotionRule(
    changes: knowledgeV1.SetPromotionRuleRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.PromotionRule> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    return writePromotionRule(this.database, changes, actorOf(caller));
  }

  /** Database and inference change together: not stopped half-way when the caller leaves. */
  private putInUse(id: string, why: PromotionReason, caller: Caller): Promise<knowledgeV1.TrainedHead> {
    return beyondLimits(() => this.promote(id, why, caller));
  }

  private async promote(id: string, why: PromotionReason, caller: Caller): Promise<knowledgeV1.TrainedHead> {
    const encoder = await findEncoderOfHead(this.database, id);
    if (encoder === undefined || encoder.inUse) await promoteHead(this.database, this.inference, id, why, caller);
    else {
      const signal = AbortSignal.timeout(promotionMs);
      await returnToEncoder(this.database, this.inference, encoder, id, why, {
        ...{ context: caller, logger: this.logger, signal },
      });
    }
    const [found] = await this.find([id]);
    return headToMessage(found);
  }

  private find(ids: readonly string[]): Promise<HeadWithEncoder[]> {
    return this.database.rows<HeadWithEncoder>(`SELECT ${columns} FROM ${heads} WHERE id = ANY ($1)`, [ids]);
  }

  private async count(table: string, where = 'true', parameters: readonly unknown[] = []): Promise<number> {
    const sql = `SELECT count(*) AS total FROM ${table} WHERE ${where}`;
    return (await this.database.rows<{ total: number }>(sql, parameters))[0].total;
  }
}
