import { contextFromMetadata, DomainError, roles, type CallContext, type Role } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';

/** Who calls, as the gateway authenticated them. Without a role: anonymous. */
export type Caller = CallContext;

export function callerOf(metadata: Metadata | undefined): Caller {
  return contextFromMetadata(metadata);
}

/** Whether the caller's role is `role` or above it. */
export function hasRole(caller: Caller, role: Role): boolean {
  return caller.role !== undefined && roles.indexOf(caller.role) >= roles.indexOf(role);
}

/** @throws UNAUTHENTICATED for anonymous callers, FORBIDDEN for callers whose role is below `role` */
export function requireRole(caller: Caller, role: Role): void {
  if (hasRole(caller, role)) return;
  if (caller.role === undefined)
    throw new DomainError('UNAUTHENTICATED', `This needs a key with the role "${role}"; send one.`);
  throw new DomainError(
    'FORBIDDEN',
    `This needs the role "${role}"; the key "${actorOf(caller)}" has "${caller.role}".`,
  );
}

/** @throws UNAUTHENTICATED, FORBIDDEN unless the caller is an admin of every space */
export function requireInstallationAdmin(caller: Caller): void {
  requireRole(caller, 'admin');
  if (caller.everySpace === true) return;
  throw new DomainError('FORBIDDEN', 'This needs an admin of the installation: use a key that is for every space.');
}

/** The name written into labels and decisions. */
export function actorOf(caller: Caller): string {
  return caller.actor ?? 'anonymous';
}
