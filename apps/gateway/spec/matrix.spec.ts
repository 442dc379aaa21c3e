import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError, roles, type knowledgeV1 } from '@cairn/contracts';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { scopes } from '../src/auth/identity.js';
import { accessMatrix, fieldAccess } from '../src/schema/access-matrix.js';
import { buildSchema } from '../src/schema/build-schema.js';
import { startBench, type TestBench } from './running-gateway.js';

jest.setTimeout(120_000);

/** The least that a required argument takes, as a literal. */
function literal(type: GraphQLInputType): string {
  const named = getNamedType(type);
  if (isInputObjectType(named)) return `{${required(Object.values(named.getFields()))}}`;
  if (isEnumType(named)) return named.getValues()[0].name;
  if (String(type).includes('[')) return '[]';
  if (named.name === 'Boolean') return 'true';
  if (named.name === 'DateTime') return '"2030-01-01T00:00:00Z"';
  return named.name === 'Int' || named.name === 'Float' ? '1' : '"x"';
}
const required = (args: readonly (GraphQLArgument | GraphQLInputField)[]): string =>
  args
    .filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
    .map(({ name, type }) => `${name}: ${literal(type)}`)
    .join(' ');
const operation = (kind: string, field: GraphQLField<unknown, unknown>): string => {
  const args = required(field.args);
  return `${kind} { ${field.name}${args && `(${args})`} ${isLeafType(getNamedType(field.type)) ? '' : '{ __typename }'} }`;
};

/** Every role, unlimited and limited to each scope, and nobody. */
const callers = [
  { key: undefined, role: undefined, scope: undefined },
  ...roles.flatMap((role) => [undefined, ...scopes].map((scope) => ({ key: `${role}.${scope ?? ''}`, role, scope }))),
];

describe('role x field x operation', () => {
  let bench: TestBench;
  let schema: GraphQLSchema;
  beforeAll(async () => {
    [bench, schema] = await Promise.all([startBench(), buildSchema()]);
    bench.knowledge.on<knowledgeV1.VerifyKeyRequest, knowledgeV1.KeyIdentity>('verifyKey', ({ key }) => {
      const caller = callers.find((one) => one.key === key);
      if (caller?.role === undefined) throw new DomainError('UNAUTHENTICATED', 'There is no such key.');
      return { keyId: key, name: key, role: caller.role, spaceId: '', scopes: caller.scope ? [caller.scope] : [] };
    });
  });
  afterAll(() => bench?.stop());

  it('is the table in the repository', () => {
    expect(readFileSync(join(__dirname, '..', 'access-matrix.md'), 'utf8')).toBe(accessMatrix(schema));
  });

  it('holds over HTTP for every field and every caller, and what is refused reaches no service', async () => {
    const wrong: object[] = [];
    let asked = 0;
    for (const { type, field, role, scope } of fieldAccess(schema)) {
      const owner = schema.getType(type);
      if (!isObjectType(owner) || type === 'Subscription' || scope === undefined) continue;
      const query = operation(type.toLowerCase(), owner.getFields()[field]);
      for (const caller of callers) {
        bench.knowledge.calls.length = 0;
        bench.inference.calls.length = 0;
        const { errors } = await bench.ask(query, { key: caller.key });
        asked++;
        const code = errors[0]?.extensions.code;
        const rank = caller.role === undefined ? -1 : roles.indexOf(caller.role);
        const least = role === undefined ? -1 : roles.indexOf(role);
        const allowed = rank >= least && (caller.scope === undefined || caller.scope === scope);
        const refused = code === 'UNAUTHENTICATED' || code === 'FORBIDDEN';
        const calls = [...bench.knowledge.methods, ...bench.inference.methods].filter((one) => one !== 'verifyKey');
        if (refused === allowed || (refused && calls.length > 0)) wrong.push({ query, caller, code, calls });
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(1000);
  });
});
