import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { knowledgeV1, type InferenceClient } from '@cairn/contracts';
import { callerOf, requireRole } from '../access/caller.js';
import type { Logger } from '@cairn/service-kit';
import { INFERENCE, LOGGER } from '../injection-tokens.js';
import { Database } from '../persistence/database.js';
import { keysetPage, pageOf } from '../persistence/keyset-page.js';
import { headColumns } from './head-in-use.js';
import { headToMessage, type HeadWithEncoder } from './head-message.js';
import { findEncoderOfHead } from '../embedding/encoder-in-use.js';
import { returnToEncoder } from './promote-encoder.js';
import { promoteHead } from './promote-head.js';

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
    const total = page.withTotal ? await this.count() : undefined;
    const { rows, pageInfo } = pageOf(found, page, total);
    return { heads: rows.map(headToMessage), pageInfo };
  }

  async getHeads({ ids }: knowledgeV1.GetHeadsRequest, metadata?: Metadata): Promise<knowledgeV1.HeadList> {
    requireRole(callerOf(metadata), 'reader');
    const found = await this.find(ids);
    return { heads: ids.flatMap((id) => found.filter((head) => head.id === id)).map(headToMessage) };
  }

  async promoteHead({ id }: knowledgeV1.PromoteHeadRequest, metadata?: Metadata): Promise<knowledgeV1.TrainedHead> {
    const caller = callerOf(metadata);
    requireRole(caller, 'admin');
    const encoder = await findEncoderOfHead(this.database, id);
    if (encoder === undefined || encoder.inUse) await promoteHead(this.database, this.inference, id, caller);
    else {
      const signal = AbortSignal.timeout(promotionMs);
      await returnToEncoder(this.database, this.inference, encoder, id, {
        ...{ context: caller, logger: this.logger, signal },
      });
    }
    const [found] = await this.find([id]);
    return headToMessage(found);
  }

  private find(ids: readonly string[]): Promise<HeadWithEncoder[]> {
    return this.database.rows<HeadWithEncoder>(`SELECT ${columns} FROM ${heads} WHERE id = ANY ($1)`, [ids]);
  }

  private async count(): Promise<number> {
    return (await this.database.rows<{ total: number }>('SELECT count(*) AS total FROM trained_head'))[0].total;
  }
}
