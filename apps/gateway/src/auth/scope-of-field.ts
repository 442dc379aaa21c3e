import { DomainError } from '@cairn/contracts';
import { Extensions } from '@nestjs/graphql';
import type { GraphQLField } from 'graphql';
import type { Identity, Scope } from './identity.js';
import { requiredRole } from './requires.js';

const extension = 'scope';

/** Puts a query, mutation or subscription into a scope of its own choice. */
export const InScope = (scope: Scope): MethodDecorator => Extensions({ [extension]: scope });

type Field = Pick<GraphQLField<unknown, unknown>, 'extensions'>;

/**
 * The scope a key must have for a field of a root type, if it is limited to scopes. Fields that say nothing have one
 * too: what admins do is `manage`, other changes are `write`, the rest is `read`.
 */
export function scopeOfField(rootType: 'Query' | 'Mutation' | 'Subscription', field: Field): Scope {
  const said = field.extensions[extension] as Scope | undefined;
  if (said !== undefined) return said;
  if (requiredRole(field) === 'admin') return 'manage';
  return rootType === 'Mutation' ? 'write' : 'read';
}

/** @throws FORBIDDEN if the caller's key is limited to other scopes */
export function assertScope(identity: Identity | undefined, needed: Scope, what: string): void {
  if (identity === undefined || identity.scopes.length === 0 || identity.scopes.includes(needed)) return;
  throw new DomainError(
    'FORBIDDEN',
    `"${what}" needs the scope ${needed}; the key "${identity.name}" is for ${identity.scopes.join(', ')} only.`,
  );
}
