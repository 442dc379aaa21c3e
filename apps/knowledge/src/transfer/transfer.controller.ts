import { knowledgeV1 } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { callerOf } from '../access/caller.js';
import { rowResultMessage } from '../content/content-messages.js';
import { Database } from '../persistence/database.js';
import { exportRecords } from './export-records.js';
import { importRecords } from './import-records.js';

/** Everything a space holds, out and in. Messages to domain and back, nothing else. */
@Controller()
@knowledgeV1.TransferServiceControllerMethods()
export class TransferController implements knowledgeV1.TransferServiceController {
  constructor(private readonly database: Database) {}

  exportRecords(
    request: knowledgeV1.ExportRecordsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ExportRecordsResponse> {
    return exportRecords(this.database, callerOf(metadata), request);
  }

  async importRecords(
    { records, dryRun }: knowledgeV1.ImportRecordsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ImportRecordsResponse> {
    const results = await importRecords(this.database, callerOf(metadata), records, dryRun);
    return {
      results: results.map((result) => rowResultMessage('error' in result ? result : { ...result, questionId: '' })),
    };
  }
}
