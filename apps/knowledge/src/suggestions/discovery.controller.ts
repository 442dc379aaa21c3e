import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { knowledgeV1 } from '@cairn/contracts';
import { callerOf, requireRole } from '../access/caller.js';
import { Database, type Sql } from '../persistence/database.js';
import type { PageOfRows } from '../persistence/keyset-list.js';
import { keysetPage, pageOf } from '../persistence/keyset-page.js';
import { isId } from '../questions/checked-text.js';
import { clusterings, clusteringToMessage, type ClusteringRecord } from './clustering-record.js';
import { acceptSuggestion, mergeSuggestion, rejectSuggestion } from './decide-suggestion.js';
import { listSuggestions, listSuggestionsOfClusterings, readSuggestions } from './read-suggestions.js';
import { statesOfMessage, suggestionToMessage, type SuggestionRecord } from './suggestion-record.js';

/** What clustering found, and what people decide about it: for admins. */
@Controller()
@knowledgeV1.DiscoveryServiceControllerMethods()
export class DiscoveryController implements knowledgeV1.DiscoveryServiceController {
  constructor(private readonly database: Database) {}

  async listClusterings(
    request: knowledgeV1.ListClusteringsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListClusteringsResponse> {
    requireRole(callerOf(metadata), 'admin');
    const page = keysetPage(request.page);
    const found = await this.database.rows<ClusteringRecord>(
      `SELECT * FROM ${clusterings} WHERE $1::bigint IS NULL OR seq < $1 ORDER BY seq DESC LIMIT $2`,
      [page.afterSeq ?? null, page.first + 1],
    );
    const [counted] = page.withTotal
      ? await this.database.rows<{ total: number }>('SELECT count(*) AS total FROM clustering')
      : [];
    const { rows, pageInfo } = pageOf(found, page, counted?.total);
    return { clusterings: rows.map(clusteringToMessage), pageInfo };
  }

  async getClusterings(
    { ids }: knowledgeV1.GetClusteringsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ClusteringList> {
    requireRole(callerOf(metadata), 'admin');
    const sql = `SELECT * FROM ${clusterings} WHERE id = ANY ($1::uuid[])`;
    const found = await this.database.rows<ClusteringRecord>(sql, [ids.filter(isId)]);
    return { clusterings: inOrder(ids, found).map(clusteringToMessage) };
  }

  async listSuggestions(
    request: knowledgeV1.ListSuggestionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListSuggestionsResponse> {
    requireRole(callerOf(metadata), 'admin');
    const { states, clusteringId, page } = request;
    return suggestionsMessage(
      await listSuggestions(this.database, statesOfMessage(states), clusteringId, keysetPage(page)),
    );
  }

  async listSuggestionsOfClusterings(
    request: knowledgeV1.ListSuggestionsOfClusteringsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListSuggestionsOfClusteringsResponse> {
    requireRole(callerOf(metadata), 'admin');
    const { states, clusteringIds, page } = request;
    const pages = await listSuggestionsOfClusterings(
      this.database,
      statesOfMessage(states),
      clusteringIds,
      keysetPage(page),
    );
    return { pages: pages.map(suggestionsMessage) };
  }

  async getSuggestions(
    { ids }: knowledgeV1.GetSuggestionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.SuggestionList> {
    requireRole(callerOf(metadata), 'admin');
    return { suggestions: inOrder(ids, await readSuggestions(this.database, ids)).map(suggestionToMessage) };
  }

  acceptSuggestion(request: knowledgeV1.AcceptSuggestionRequest, metadata?: Metadata): Promise<knowledgeV1.Suggestion> {
    return this.decided(request.id, (sql) => acceptSuggestion(sql, callerOf(metadata), request));
  }

  mergeSuggestion(request: knowledgeV1.MergeSuggestionRequest, metadata?: Metadata): Promise<knowledgeV1.Suggestion> {
    return this.decided(request.id, (sql) => mergeSuggestion(sql, callerOf(metadata), request));
  }

  rejectSuggestion(request: knowledgeV1.RejectSuggestionRequest, metadata?: Metadata): Promise<knowledgeV1.Suggestion> {
    return this.decided(request.id, (sql) => rejectSuggestion(sql, callerOf(metadata), request));
  }

  private async decided(id: string, decide: (sql: Sql) => Promise<void>): Promise<knowledgeV1.Suggestion> {
    return this.database.transaction(async (sql) => {
      await decide(sql);
      const [suggestion] = await readSuggestions(sql, [id]);
      return suggestionToMessage(suggestion);
    });
  }
}

function suggestionsMessage(page: PageOfRows<SuggestionRecord>): knowledgeV1.ListSuggestionsResponse {
  return { suggestions: page.rows.map(suggestionToMessage), pageInfo: page.pageInfo };
}

/** Rows in the order their ids were asked for; ids without a row are left out. */
function inOrder<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []);
}
