import { roles, type knowledgeV1, type Role } from '@cairn/contracts';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { requiredRole } from '../src/auth/requires.js';
import { buildSchema } from '../src/schema/build-schema.js';
import { headRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';

/** The least that a required argument takes, as a literal. */
function literal(type: GraphQLInputType): string {
  const named = getNamedType(type);
  // Exactly one of its fields is to be given.
  if (named.name === 'ScheduledJobInput') return '{embed: true}';
  if (isInputObjectType(named)) return `{${required(Object.values(named.getFields()))}}`;
  if (isEnumType(named)) return named.getValues()[0].name;
  if (String(type).includes('[')) return '[]';
  if (named.name === 'Boolean') return 'true';
  if (named.name === 'DateTime') return '"2026-01-01T00:00:00Z"';
  return named.name === 'Int' || named.name === 'Float' ? '1' : '"x"';
}

const required = (args: readonly (GraphQLArgument | GraphQLInputField)[]): string =>
  args
    .filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
    .map(({ name, type }) => `${name}: ${literal(type)}`)
    .join(' ');

function operation(kind: string, field: GraphQLField<unknown, unknown>): string {
  const args = required(field.args);
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  return `${kind} { ${field.name}${args === '' ? '' : `(${args})`} ${selection} }`;
}

describe('who may do what', () => {
  let bench: TestBench;
  let schema: GraphQLSchema;
  beforeAll(async () => {
    [bench, schema] = await Promise.all([startBench(), buildSchema()]);
  });
  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const guarded = (): [string, GraphQLField<unknown, unknown>, Role][] =>
    [['query', schema.getQueryType()] as const, ['mutation', schema.getMutationType()] as const].flatMap(
      ([kind, type]) =>
        Object.values(type?.getFields() ?? {}).flatMap((field): [string, GraphQLField<unknown, unknown>, Role][] => {
          const role = requiredRole(field);
          return role === undefined ? [] : [[kind, field, role]];
        }),
    );

  it('needs a role for every mutation, and for everything but reading and asking', () => {
    const open = Object.values(schema.getMutationType()?.getFields() ?? {}).filter((field) => !requiredRole(field));
    expect(open).toEqual([]);
    const read = Object.values(schema.getQueryType()?.getFields() ?? {}).filter((field) => !requiredRole(field));
    expect(read.map(({ name }) => name).sort()).toEqual(
      [
        'ask',
        'classify',
        'embed',
        'model',
        'models',
        'node',
        'nodes',
        'question',
        'questions',
        'search',
        'similarQuestions',
        'topLevelTopics',
        'topic',
        'topics',
      ].sort(),
    );
    expect(requiredRole(schema.getSubscriptionType()?.getFields().jobProgress as never)).toBe('admin');
  });

  it('refuses every guarded field to anonymous callers and to lower roles, before any call', async () => {
    for (const [kind, field, role] of guarded()) {
      const query = operation(kind, field);
      const anonymous = await bench.ask(query);
      expect({ query, code: anonymous.errors[0]?.extensions.code }).toEqual({ query, code: 'UNAUTHENTICATED' });
      expect(anonymous.data).toEqual({ [field.name]: null });
      for (const lower of roles.slice(0, roles.indexOf(role))) {
        const { errors } = await bench.ask(query, { key: `${lower}-key` });
        expect({ query, lower, code: errors[0]?.extensions.code }).toEqual({ query, lower, code: 'FORBIDDEN' });
      }
    }
    expect(new Set(bench.knowledge.methods)).toEqual(new Set(['verifyKey']));
    expect(bench.inference.methods).toEqual([]);
  }, 60_000);

  it('lets the role itself through to the services', async () => {
    for (const [kind, field, role] of guarded()) {
      bench.knowledge.calls.length = 0;
      bench.inference.calls.length = 0;
      const query = operation(kind, field);
      await bench.ask(query, { key: `${role}-key` });
      const calls = [...bench.knowledge.calls, ...bench.inference.calls].filter(({ method }) => method !== 'verifyKey');
      expect({ query, calls: calls.length }).toEqual({ query, calls: 1 });
      expect(calls[0].context).toMatchObject({ actor: `the ${role}`, role });
    }
  }, 60_000);

  it('guards fields below open ones', async () => {
    bench.knowledge
      .on<unknown, knowledgeV1.AskResponse>('ask', () => ({ unknown: true, headId: 'h1', answers: [], similar: [] }))
      .on<knowledgeV1.GetHeadsRequest, knowledgeV1.HeadList>('getHeads', ({ ids }) => ({ heads: ids.map(headRow) }));
    const query = '{ ask(text: "why?") { unknown head { id } } }';
    const anonymous = await bench.ask(query);
    expect(anonymous.data).toEqual({ ask: { unknown: true, head: null } });
    expect(anonymous.errors).toMatchObject([{ path: ['ask', 'head'], extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(bench.knowledge.methods).toEqual(['ask']);
    expect((await bench.ask(query, { key: 'admin-key' })).data).toEqual({ ask: { unknown: true, head: { id: 'h1' } } });
  });

  it('refuses a key that does not exist at once, also where no key is needed', async () => {
    for (const headers of <Record<string, string>[]>[
      { 'x-cairn-key': 'nonsense' },
      { authorization: 'Bearer nonsense' },
    ]) {
      const { status, errors, data } = await bench.ask('{ __typename }', { headers });
      expect(status).toBe(401);
      expect(data).toBeUndefined();
      expect(errors[0].extensions.code).toBe('UNAUTHENTICATED');
    }
    const other = await bench.ask('{ __typename }', { headers: { authorization: 'Basic YTpi' } });
    expect([other.status, other.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('takes a key from either header and asks for it once', async () => {
    bench.knowledge.on<unknown, knowledgeV1.Status>('getStatus', () => ({ questions: 7, database: 'embedded' }));
    for (const headers of <Record<string, string>[]>[
      { 'x-cairn-key': 'admin-key-2' },
      { authorization: 'bearer admin-key-2' },
    ]) {
      const { data } = await bench.ask('{ status { questions encoderId head { id } } }', { headers });
      expect(data).toEqual({ status: { questions: 7, encoderId: null, head: null } });
    }
    expect(bench.knowledge.methods).toEqual(['verifyKey', 'getStatus', 'getStatus']);
  });

  it('tells knowledge nothing of a caller without a key', async () => {
    bench.knowledge.on('listTopics', () => ({ topics: [], pageInfo: { cursors: [] } }));
    const { headers } = await bench.ask('{ topics { nodes { id } } }', { headers: { 'x-request-id': 'request-1' } });
    expect(headers.get('x-request-id')).toBe('request-1');
    expect(bench.knowledge.calls[0].context).toEqual({ requestId: 'request-1', actor: undefined, role: undefined });
  });
});
