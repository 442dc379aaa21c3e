import { DomainError, knowledgeV1, type InferenceClient } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { callerOf, requireRole, type Caller } from '../access/caller.js';
import { listFlaggedAnswers, listVotes, voteOnAnswer } from '../answers/vote-on-answer.js';
import { INFERENCE } from '../injection-tokens.js';
import { changing } from '../persistence/changing.js';
import { Database, type Sql } from '../persistence/database.js';
import { keysetPage } from '../persistence/keyset-page.js';
import { checkedBatch } from '../questions/checked-text.js';
import { findSimilar } from '../questions/find-similar.js';
import { resolveSlugs } from '../questions/slug-redirects.js';
import { deletable } from './content-kind.js';
import { deleteContent, purgeContent, purgeDeleted, undeleteContent, type SeenContent } from './delete-content.js';
import { diffContents } from './diff-versions.js';
import { fieldDiffMessage, givenKind, similarMessage, versionMessage, voteMessage } from './editing-messages.js';
import { listVersions, readVersion } from './read-versions.js';
import { restoreVersion } from './restore-version.js';
import { schedulePublication } from './schedule-publication.js';

/** What happens to content besides being written. Messages to domain and back, nothing else. */
@Controller()
@knowledgeV1.EditingServiceControllerMethods()
export class EditingController implements knowledgeV1.EditingServiceController {
  constructor(
    private readonly database: Database,
    @Inject(INFERENCE) private readonly inference: InferenceClient,
  ) {}

  async listVersions(
    request: knowledgeV1.ListVersionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListVersionsResponse> {
    const { rows, pageInfo } = await listVersions(
      this.database,
      callerOf(metadata),
      givenKind(request.kind),
      request.id,
      keysetPage(request.page),
    );
    return { versions: rows.map(versionMessage), pageInfo };
  }

  async diffVersions(
    { kind, id, fromVersion, toVersion }: knowledgeV1.DiffVersionsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.VersionDiff> {
    requireRole(callerOf(metadata), 'reader');
    const from = await readVersion(this.database, givenKind(kind), id, fromVersion);
    const to = await readVersion(this.database, givenKind(kind), id, toVersion);
    return {
      fields: diffContents(from.content, to.content).map(fieldDiffMessage),
      fromVersion: from.version,
      toVersion: to.version,
    };
  }

  restoreVersion(request: knowledgeV1.RestoreVersionRequest, metadata?: Metadata): Promise<knowledgeV1.Changed> {
    return this.changed(metadata, request.id, (sql, caller) =>
      restoreVersion(sql, caller, { ...request, kind: givenKind(request.kind) }),
    );
  }

  deleteContent(request: knowledgeV1.ContentChange, metadata?: Metadata): Promise<knowledgeV1.Changed> {
    return this.changed(metadata, request.id, (sql, caller) => deleteContent(sql, caller, seen(request)));
  }

  undeleteContent(request: knowledgeV1.ContentChange, metadata?: Metadata): Promise<knowledgeV1.Changed> {
    return this.changed(metadata, request.id, (sql, caller) => undeleteContent(sql, caller, seen(request)));
  }

  purgeContent(request: knowledgeV1.ContentChange, metadata?: Metadata): Promise<knowledgeV1.Changed> {
    return this.changed(metadata, request.id, async (sql, caller) => {
      await purgeContent(sql, caller, seen(request));
      return 0;
    });
  }

  purgeDeleted(
    request: knowledgeV1.PurgeDeletedRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.PurgeDeletedResponse> {
    const caller = callerOf(metadata);
    return changing(this.database, caller, (sql) => purgeDeleted(sql, caller, new Date(request.deletedBeforeMs)));
  }

  schedulePublication(
    request: knowledgeV1.SchedulePublicationRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.Changed> {
    const publishAt = request.publishAtMs === 0 ? undefined : new Date(request.publishAtMs);
    return this.changed(metadata, request.id, (sql, caller) =>
      schedulePublication(sql, caller, seen(request), publishAt),
    );
  }

  async resolveSlugs(
    request: knowledgeV1.ResolveSlugsRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ResolveSlugsResponse> {
    const kind = givenKind(request.kind);
    if (kind === 'answer') throw DomainError.invalid('kind', 'Questions and topics have addresses; answers have none.');
    return { ids: await resolveSlugs(this.database, callerOf(metadata), kind, checkedBatch(request.slugs, 'slugs')) };
  }

  voteOnAnswer(request: knowledgeV1.VoteOnAnswerRequest, metadata?: Metadata): Promise<knowledgeV1.Changed> {
    return this.changed(metadata, request.answerId, (sql, caller) =>
      voteOnAnswer(sql, caller, { ...request, helpful: request.helpful ?? undefined }),
    );
  }

  async listVotes(request: knowledgeV1.ListVotesRequest, metadata?: Metadata): Promise<knowledgeV1.ListVotesResponse> {
    const page = keysetPage(request.page);
    const { rows, pageInfo } = await listVotes(this.database, callerOf(metadata), request.answerId, page);
    return { votes: rows.map(voteMessage), pageInfo };
  }

  async listFlaggedAnswers(
    request: knowledgeV1.ListFlaggedAnswersRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListFlaggedAnswersResponse> {
    const { rows, pageInfo } = await listFlaggedAnswers(this.database, callerOf(metadata), keysetPage(request.page));
    return { answerIds: rows.map(({ id }) => id), pageInfo };
  }

  async findSimilar(
    request: knowledgeV1.FindSimilarRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.FindSimilarResponse> {
    const found = await findSimilar(this.database, this.inference, callerOf(metadata), request);
    return { questions: found.questions.map(similarMessage), vectorsUsed: found.vectorsUsed };
  }

  private changed(
    metadata: Metadata | undefined,
    id: string,
    change: (sql: Sql, caller: Caller) => Promise<number>,
  ): Promise<knowledgeV1.Changed> {
    const caller = callerOf(metadata);
    return changing(this.database, caller, async (sql) => ({ id, version: await change(sql, caller) }));
  }
}

function seen({ kind, id, expectedVersion }: knowledgeV1.ContentChange): SeenContent {
  return { kind: deletable(givenKind(kind)), id, expectedVersion };
}
