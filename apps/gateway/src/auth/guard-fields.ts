import type { Logger } from '@cairn/service-kit';
import { DomainError } from '@cairn/contracts';
import { defaultFieldResolver, GraphQLError, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { toGraphQLError } from '../errors/error-table.js';
import type { GatewayContext } from '../request/gateway-context.js';
import type { Scope } from './identity.js';
import { assertRole, requiredRole } from './requires.js';
import { assertScope, scopeOfField } from './scope-of-field.js';

type Field = GraphQLField<unknown, GatewayContext>;
type Resolve = NonNullable<Field['resolve']>;

/**
 * Puts the same door before every field that does work, whichever transport it is reached by: the role it needs is
 * checked first, and whatever it throws leaves as an error of the table.
 * @returns the schema itself, changed
 */
export function guardFields(schema: GraphQLSchema, logger: Logger): GraphQLSchema {
  const roots = new Set<unknown>([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const scopeOf = (field: Field) => (roots.has(type) ? scopeOfField(type.name as 'Query', field) : undefined);
    for (const field of Object.values(type.getFields()) as Field[]) {
      if (field.subscribe !== undefined) field.subscribe = guarded(field, scopeOf(field), field.subscribe, logger);
      else if (field.resolve !== undefined || requiredRole(field) !== undefined)
        field.resolve = guarded(field, scopeOf(field), field.resolve ?? defaultFieldResolver, logger);
    }
  }
  return schema;
}

/**
 * What a field has at hand is returned as it is: Nest gives every field a resolver, and a promise for each value of each
 * row would be most of what a page costs.
 */
function guarded(field: Field, scope: Scope | undefined, run: Resolve, logger: Logger): Resolve {
  const role = requiredRole(field);
  const fail = (thrown: unknown, { requestId }: GatewayContext): never => {
    logUnexpected(logger, thrown, requestId, field.name);
    throw toGraphQLError(thrown, requestId);
  };
  return (source, args, context, info) => {
    try {
      if (role !== undefined) assertRole(context.identity, role, field.name);
      if (scope !== undefined) assertScope(context.identity, scope, field.name);
      const result: unknown = run(source, args, context, info);
      return isPromise(result) ? result.then(undefined, (thrown: unknown) => fail(thrown, context)) : result;
    } catch (thrown) {
      return fail(thrown, context);
    }
  };
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as Partial<Promise<unknown>> | null | undefined)?.then === 'function';

function logUnexpected(logger: Logger, thrown: unknown, requestId: string, field: string): void {
  const expected = thrown instanceof GraphQLError || (thrown instanceof DomainError && thrown.code !== 'INTERNAL');
  if (!expected) logger.error({ requestId, field, err: thrown }, 'unexpected error');
}
