import type { KnowledgeClients } from '@cairn/contracts';
import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/requires.js';
import { payload } from '../errors/payload.js';
import { toImportRowResult } from '../mapping/content.js';
import { given } from '../mapping/values.js';
import type { GatewayContext } from '../request/gateway-context.js';
import { InjectKnowledge } from '../request/services.js';
import { ExportRecordsArgs, ImportRecordsInput, ImportRecordsPayload, RecordPage } from '../schema/transfer.js';

/** 500 records are written in one transaction. */
const importDeadlineMs = 120_000;

/** Everything a space holds, out and in. */
@Resolver()
export class TransferResolver {
  constructor(@InjectKnowledge() private readonly knowledge: KnowledgeClients) {}

  @Requires('admin')
  @Query(() => RecordPage, {
    nullable: true,
    description: 'Everything the space holds, page by page. What is made after the first page is not in it.',
  })
  async exportRecords(
    @Args() { after, first, versions, topicId, source }: ExportRecordsArgs,
    @Context() context: GatewayContext,
  ): Promise<RecordPage> {
    const request = { after: given(after), first, versions, topicId: given(topicId), source: given(source) };
    return this.knowledge.transfer.exportRecords(request, context.call());
  }

  @Requires('admin')
  @Mutation(() => ImportRecordsPayload, {
    nullable: true,
    description:
      'Creates or updates up to 500 things as an export describes them, with their ids, dates and versions. The same again changes nothing.',
  })
  importRecords(
    @Args('input', { description: 'The records. Send them as a variable.' }) input: ImportRecordsInput,
    @Context() context: GatewayContext,
  ): Promise<ImportRecordsPayload> {
    const request = { dryRun: input.dryRun, records: input.records.map(({ line, json }) => ({ line, json })) };
    return payload('results', async () => {
      const { results } = await this.knowledge.transfer.importRecords(request, context.call(importDeadlineMs));
      return results.map(toImportRowResult);
    });
  }
}
