import type { knowledgeV1 } from '@cairn/contracts';
import { AccessRole, KeyScope, type ApiKey } from '../schema/api-key.js';
import { AuditAction, type AuditEntry } from '../schema/audit-entry.js';
import type { Space } from '../schema/space.js';
import { enumTable, textOrAbsent } from './values.js';

export const accessRole = enumTable<AccessRole, string>({ READER: 'reader', EDITOR: 'editor', ADMIN: 'admin' });
export const keyScope = enumTable<KeyScope, string>({
  READ: 'read',
  ASK: 'ask',
  ENCODE: 'encode',
  WRITE: 'write',
  MANAGE: 'manage',
  ACCESS: 'access',
});
const auditAction = enumTable<AuditAction, string>({ INSERT: 'insert', UPDATE: 'update', DELETE: 'delete' });

const instant = (iso: string | null | undefined): Date | undefined => (iso ? new Date(iso) : undefined);

export const toApiKey = (key: knowledgeV1.ApiKey): ApiKey => ({
  id: key.id,
  name: key.name,
  role: accessRole.fromProto(key.role),
  scopes: key.scopes.map(keyScope.fromProto),
  prefix: key.prefix,
  everySpace: key.everySpace,
  createdBy: textOrAbsent(key.createdBy),
  createdAt: new Date(key.createdAt),
  expiresAt: instant(key.expiresAt),
  lastUsedAt: instant(key.lastUsedAt),
  revokedAt: instant(key.revokedAt),
});

export const toSpace = ({ createdAt, ...space }: knowledgeV1.Space): Space => ({
  ...space,
  createdAt: new Date(createdAt),
});

export const toAuditEntry = (entry: knowledgeV1.AuditEntry): AuditEntry => {
  const changes = JSON.parse(entry.changes || '[]') as { id: string; before?: object; after?: object }[];
  const json = (value: object | undefined) => (value === undefined ? undefined : JSON.stringify(value));
  return {
    id: entry.id,
    at: new Date(entry.at),
    actor: entry.actor,
    operation: textOrAbsent(entry.operation),
    requestId: textOrAbsent(entry.requestId),
    action: auditAction.fromProto(entry.action),
    entity: entry.entity,
    entityIds: entry.entityIds,
    changes: changes.map(({ id, before, after }) => ({ id, before: json(before), after: json(after) })),
  };
};
