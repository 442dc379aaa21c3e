import { DomainError, roles, type Role } from '@cairn/contracts';
import { Extensions } from '@nestjs/graphql';
import type { GraphQLField } from 'graphql';
import type { Identity } from './identity.js';

const requirement = 'requires';

/**
 * Declares the role a query, mutation or subscription needs. A higher role will do: reader < editor < admin.
 * Fields without it are open to everybody; what an anonymous caller sees there, knowledge decides.
 */
export const Requires = (role: Role): MethodDecorator => Extensions({ [requirement]: role });

/** The role a field of the schema needs; undefined: none. */
export function requiredRole(field: Pick<GraphQLField<unknown, unknown>, 'extensions'>): Role | undefined {
  return field.extensions[requirement] as Role | undefined;
}

/** @throws UNAUTHENTICATED without a key, FORBIDDEN with a key of a lower role */
export function assertRole(identity: Identity | undefined, needed: Role, fieldName: string): void {
  if (identity === undefined)
    throw new DomainError(
      'UNAUTHENTICATED',
      `"${fieldName}" needs a key with the role ${needed}: send it as "Authorization: Bearer <key>" or "x-cairn-key".`,
    );
  if (roles.indexOf(identity.role) < roles.indexOf(needed))
    throw new DomainError(
      'FORBIDDEN',
      `"${fieldName}" needs the role ${needed}; the key "${identity.name}" has the role ${identity.role}.`,
    );
}
