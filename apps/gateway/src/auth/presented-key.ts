import type { IncomingHttpHeaders } from 'node:http';
import { DomainError } from '@cairn/contracts';

/**
 * The key a request presents: `Authorization: Bearer <key>` or `x-cairn-key: <key>`.
 * @returns undefined for an anonymous request
 * @throws UNAUTHENTICATED for an Authorization header of another scheme: a caller who means to sign in is never
 *   taken for an anonymous one
 */
export function keyOfHeaders(headers: IncomingHttpHeaders): string | undefined {
  if (headers.authorization !== undefined) return keyOfAuthorization(headers.authorization);
  const key = headers['x-cairn-key'];
  return Array.isArray(key) ? key[0] : key;
}

/** The key of graphql-ws connection parameters: `{ authorization: "Bearer <key>" }` or `{ key: "<key>" }`. */
export function keyOfConnection(parameters: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const authorization = parameters?.authorization ?? parameters?.Authorization;
  if (typeof authorization === 'string') return keyOfAuthorization(authorization);
  const key = parameters?.key ?? parameters?.['x-cairn-key'];
  return typeof key === 'string' ? key : undefined;
}

function keyOfAuthorization(authorization: string): string {
  const key = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (key === undefined) throw new DomainError('UNAUTHENTICATED', 'The Authorization header must be "Bearer <key>".');
  return key;
}
