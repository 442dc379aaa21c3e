import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { knowledgeV1, type ClusteringClient } from '@cairn/contracts';
import { callerOf, requireRole } from '../access/caller.js';
import { CLUSTERING } from '../injection-tokens.js';
import { Database, type Sql } from '../persistence/database.js';
import type { PageOfRows } from '../persistence/keyset-list.js';
import { keysetPage } from '../persistence/keyset-page.js';
import { clusteringToMessage, listClusterings, readClusterings } from './clustering-record.js';
import { compareClusterings, listMovedQuestions } from './compare-runs.js';
import { acceptSuggestion, mergeSuggestion, rejectSuggestion, renameSuggestion } from './decide-suggestion.js';
import { decisionToMessage, listDecisions, readDecision } from './decision-record.js';
import { cutClustering, listClusterChanges, listClusterMembers, listClusters, listMapPoints } from './read-run.js';
import { listSuggestions, listSuggestionsOfClusterings, readSuggestions } from './read-suggestions.js';
import { splitSuggestion } from './split-suggestion.js';
import { statesOfMessage, suggestionToMessage, type ListedSuggestion } from './suggestion-record.js';
import { undoDecision } from './undo-decision.js';

/** What clustering found, and what people decide about it: for admins. */
@Controller()
@knowledgeV1.DiscoveryServiceControllerMethods()
export class DiscoveryController implements knowledgeV1.DiscoveryServiceController {
  constructor(
    private readonly database: Database,
    @Inject(CLUSTERING) private readonly clustering: ClusteringClient,
  ) {}

  async listClusterings(
    request: knowledgeV1.ListClusteringsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListClusteringsResponse> {
    requireRole(callerOf(metadata), 'admin');
    const { rows, pageInfo } = await listClusterings(this.database, keysetPage(request.page));
    return { clusterings: rows.map(clusteringToMessage), pageInfo };
  }

  async getClusterings(
    { ids }: knowledgeV1.GetClusteringsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ClusteringList> {
    requireRole(callerOf(metadata), 'admin');
    return { clusterings: inOrder(ids, await readClusterings(this.database, ids)).map(clusteringToMessage) };
  }

  listClusters(
    { clusteringId, page }: knowledgeV1.ListClustersRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListClustersResponse> {
    requireRole(callerOf(metadata), 'admin');
    return listClusters(this.database, clusteringId, keysetPage(page));
  }

  listClusterMembers(
    { clusteringId, clusterIndex, page }: knowledgeV1.ListClusterMembersRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListClusterMembersResponse> {
    requireRole(callerOf(metadata), 'admin');
    return listClusterMembers(this.database, clusteringId, clusterIndex, keysetPage(page));
  }

  listClusterChanges(
    { clusteringId, page }: knowledgeV1.ListClusterChangesRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListClusterChangesResponse> {
    requireRole(callerOf(metadata), 'admin');
    return listClusterChanges(this.database, clusteringId, keysetPage(page));
  }

  compareClusterings(
    request: knowledgeV1.CompareClusteringsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ClusteringComparison> {
    requireRole(callerOf(metadata), 'admin');
    return compareClusterings(this.database, request);
  }

  listMovedQuestions(
    request: knowledgeV1.ListMovedQuestionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListMovedQuestionsResponse> {
    requireRole(callerOf(metadata), 'admin');
    return listMovedQuestions(this.database, request, keysetPage(request.page));
  }

  listMapPoints(
    request: knowledgeV1.ListMapPointsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListMapPointsResponse> {
    requireRole(callerOf(metadata), 'admin');
    return listMapPoints(this.database, request);
  }

  cutClustering(request: knowledgeV1.CutClusteringRequest, metadata?: Metadata): Promise<knowledgeV1.ClusteringCut> {
    requireRole(callerOf(metadata), 'admin');
    return cutClustering(this.database, request);
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

  renameSuggestion(request: knowledgeV1.RenameSuggestionRequest, metadata?: Metadata): Promise<knowledgeV1.Suggestion> {
    return this.decided(request.id, (sql) => renameSuggestion(sql, callerOf(metadata), request));
  }

  async splitSuggestion(
    request: knowledgeV1.SplitSuggestionRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.SuggestionList> {
    const ids = await splitSuggestion(this.database, this.clustering, callerOf(metadata), request);
    return { suggestions: inOrder(ids, await readSuggestions(this.database, ids)).map(suggestionToMessage) };
  }

  async undoDecision(request: knowledgeV1.UndoDecisionRequest, metadata?: Metadata): Promise<knowledgeV1.Decision> {
    const decision = await this.database.transaction(async (sql) =>
      readDecision(sql, await undoDecision(sql, callerOf(metadata), request)),
    );
    return decisionToMessage(decision);
  }

  async listDecisions(
    request: knowledgeV1.ListDecisionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListDecisionsResponse> {
    requireRole(callerOf(metadata), 'admin');
    const { rows, pageInfo } = await listDecisions(this.database, request.suggestionId, keysetPage(request.page));
    return { decisions: rows.map(decisionToMessage), pageInfo };
  }

  private async decided(id: string, decide: (sql: Sql) => Promise<void>): Promise<knowledgeV1.Suggestion> {
    return this.database.transaction(async (sql) => {
      await decide(sql);
      const [suggestion] = await readSuggestions(sql, [id]);
      return suggestionToMessage(suggestion);
    });
  }
}

function suggestionsMessage(page: PageOfRows<ListedSuggestion>): knowledgeV1.ListSuggestionsResponse {
  return { suggestions: page.rows.map(suggestionToMessage), pageInfo: page.pageInfo };
}

/** Rows in the order their ids were asked for; ids without a row are left out. */
function inOrder<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []);
}
