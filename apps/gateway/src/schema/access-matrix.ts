import { isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { roles } from '@cairn/contracts';
import { requiredRole } from '../auth/requires.js';
import { scopeOfField } from '../auth/scope-of-field.js';

/** Who may ask for one field. */
export interface FieldAccess {
  readonly type: string;
  readonly field: string;
  /** The least role; undefined: callers without a key too, who see what is published. */
  readonly role?: (typeof roles)[number];
  /** What a limited key must be for; undefined below the root, where the field above has asked. */
  readonly scope?: string;
}

const rootTypes = ['Query', 'Mutation', 'Subscription'] as const;

/** Every root field, and every field below one that needs a role of its own. */
export function fieldAccess(schema: GraphQLSchema): FieldAccess[] {
  const isRoot = (name: string): name is (typeof rootTypes)[number] => (rootTypes as readonly string[]).includes(name);
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
    .flatMap((type) =>
      Object.values((type as { getFields(): Record<string, GraphQLField<unknown, unknown>> }).getFields()).flatMap(
        (field) => {
          const role = requiredRole(field);
          const scope = isRoot(type.name) ? scopeOfField(type.name, field) : undefined;
          return role === undefined && scope === undefined ? [] : [{ type: type.name, field: field.name, role, scope }];
        },
      ),
    )
    .sort((a, b) => `${a.type}.${a.field}`.localeCompare(`${b.type}.${b.field}`, 'en'));
}

/** The table that is reviewed: a field, who may ask for it, and what a limited key must be for. */
export function accessMatrix(schema: GraphQLSchema): string {
  const mark = (allowed: boolean) => (allowed ? 'yes' : '-');
  const rows = fieldAccess(schema).map(({ type, field, role, scope }) => {
    const least = role === undefined ? -1 : roles.indexOf(role);
    const allowed = [-1, ...roles.keys()].map((rank) => mark(rank >= least));
    return `| ${type}.${field} | ${allowed.join(' | ')} | ${scope ?? ''} |`;
  });
  return `# Who may do what

Written from the schema by \`npm run generate\`; a spec asks for every field as every caller and compares.
Without a key, and for readers, only what is published is there. A role holds in the space of the key.

| field | no key | ${roles.join(' | ')} | scope of limited keys |
|---|---|${roles.map(() => '---|').join('')}---|
${rows.join('\n')}
`;
}
