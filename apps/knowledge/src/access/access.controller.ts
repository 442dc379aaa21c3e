import { knowledgeV1 } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { Database } from '../persistence/database.js';
import { keysetPage } from '../persistence/keyset-page.js';
import { createKey, listKeys, revokeKey, verifyKey, type KeyRecord } from './api-keys.js';
import { listAuditEntries, type AuditRecord } from './audit-log.js';
import { callerOf } from './caller.js';
import { createSpace, findSpace, listSpaces, updateSpace, type SpaceRecord } from './spaces.js';

/** Messages to domain and back, nothing else. */
@Controller()
@knowledgeV1.AccessServiceControllerMethods()
export class AccessController implements knowledgeV1.AccessServiceController {
  constructor(private readonly database: Database) {}

  async verifyKey({ key }: knowledgeV1.VerifyKeyRequest): Promise<knowledgeV1.KeyIdentity> {
    const { spaceId, scopes, expiresAt, ...identity } = await verifyKey(this.database, key);
    return { ...identity, spaceId: spaceId ?? '', scopes: [...scopes], expiresAt: expiresAt?.toISOString() };
  }

  async listKeys(request: knowledgeV1.ListKeysRequest, metadata?: Metadata): Promise<knowledgeV1.ListKeysResponse> {
    const { rows, pageInfo } = await listKeys(this.database, callerOf(metadata), keysetPage(request.page));
    return { keys: rows.map(keyMessage), pageInfo };
  }

  async createKey(request: knowledgeV1.CreateKeyRequest, metadata?: Metadata): Promise<knowledgeV1.CreatedKey> {
    const { key, secret } = await createKey(this.database, callerOf(metadata), request);
    return { key: keyMessage(key), secret };
  }

  async revokeKey({ id }: knowledgeV1.RevokeKeyRequest, metadata?: Metadata): Promise<knowledgeV1.ApiKey> {
    return keyMessage(await revokeKey(this.database, callerOf(metadata), id));
  }

  async listSpaces(
    request: knowledgeV1.ListSpacesRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListSpacesResponse> {
    const { rows, pageInfo } = await listSpaces(this.database, callerOf(metadata), keysetPage(request.page));
    return { spaces: rows.map(spaceMessage), pageInfo };
  }

  async getSpace({ slug }: knowledgeV1.GetSpaceRequest): Promise<knowledgeV1.Space> {
    return spaceMessage(await findSpace(this.database, slug));
  }

  async createSpace(request: knowledgeV1.CreateSpaceRequest, metadata?: Metadata): Promise<knowledgeV1.Space> {
    return spaceMessage(await createSpace(this.database, callerOf(metadata), request));
  }

  async updateSpace(request: knowledgeV1.UpdateSpaceRequest, metadata?: Metadata): Promise<knowledgeV1.Space> {
    return spaceMessage(await updateSpace(this.database, callerOf(metadata), request));
  }

  async listAuditEntries(
    request: knowledgeV1.ListAuditEntriesRequest,
    metadata?: Metadata,
  ): Promise<knowledgeV1.ListAuditEntriesResponse> {
    const page = keysetPage(request.page);
    const { rows, pageInfo } = await listAuditEntries(this.database, callerOf(metadata), request, page);
    return { entries: rows.map(auditMessage), pageInfo };
  }
}

function keyMessage(key: KeyRecord): knowledgeV1.ApiKey {
  return {
    id: key.id,
    name: key.name,
    role: key.role,
    scopes: key.scopes,
    prefix: key.prefix,
    everySpace: key.space_id === null,
    createdBy: key.created_by,
    createdAt: key.created_at.toISOString(),
    expiresAt: key.expires_at?.toISOString(),
    lastUsedAt: key.last_used_at?.toISOString(),
    revokedAt: key.revoked_at?.toISOString(),
  };
}

function spaceMessage({ created_at, anonymous_reading, ...space }: SpaceRecord): knowledgeV1.Space {
  const { id, slug, title, version } = space;
  return { id, slug, title, version, anonymousReading: anonymous_reading, createdAt: created_at.toISOString() };
}

function auditMessage(entry: AuditRecord): knowledgeV1.AuditEntry {
  const { id, at, actor, operation, request_id, action, entity, entity_ids, changes } = entry;
  return {
    id,
    at: at.toISOString(),
    actor,
    operation,
    requestId: request_id,
    action,
    entity,
    entityIds: entity_ids,
    changes: changes === null ? '' : JSON.stringify(changes),
  };
}
