/** Operations that fit the schema and hold what no client would send, for fast-check. */
import fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  print,
  parse,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

export interface RandomOperation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Starts work that takes minutes, or takes away what the test itself stands on. */
const leftOut = /^(start|load|unload|setModel|promote|revoke|updateSpace|importQuestions)/;

const cursors = [
  '',
  'x',
  'c2VxOg',
  Buffer.from('seq:1').toString('base64url'),
  Buffer.from('seq:99999999999999999').toString('base64url'),
  Buffer.from('seq:1 OR 1=1').toString('base64url'),
  Buffer.from('{"seq":1}').toString('base64'),
  '\0',
  '🗿',
];
const ids = [
  '00000000-0000-4000-8000-000000000000',
  '00000000-0000-4000-8000-000000000001',
  'not-a-uuid',
  '',
  '\0',
  "'; DROP TABLE question; --",
  '../../etc/passwd',
  '__proto__',
];
const texts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '🗿 𝔡𝔢𝔢𝔭',
  '%_\\',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  'x'.repeat(40_000),
];
const numbers = [0, -1, 1, 2, 100, 101, 2 ** 31 - 1, -(2 ** 31)];

const text = () => fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'binary', maxLength: 50 }));

/** A value of an input type, mostly one that fits. */
function value(type: GraphQLInputType, name: string, depth = 0): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return value(type.ofType, name, depth);
  if (isListType(type)) return fc.array(value(type.ofType, name, depth + 1), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map((one) => one.name), 'NOTHING');
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const chosen = Object.fromEntries(fields.map((field) => [field.name, value(field.type, field.name, depth + 1)]));
    const required = fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
    return fc.record(chosen, { requiredKeys: depth > 3 ? [] : required.map((field) => field.name) });
  }
  switch (getNamedType(type).name) {
    case 'Int':
      return fc.oneof(fc.constantFrom(...numbers), fc.integer({ min: 1, max: 20 }));
    case 'Float':
      return fc.oneof(fc.constantFrom(...numbers, 1e308, 0.5), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'Boolean':
      return fc.boolean();
    case 'ID':
      return fc.oneof(fc.constantFrom(...ids), fc.uuid());
    case 'DateTime':
      return fc.constantFrom('2020-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', '0000-01-01T00:00:00Z', 'soon', 0);
    default:
      return name === 'after' ? fc.constantFrom(...cursors) : text();
  }
}

interface Drawn {
  readonly text: string;
  readonly declared: string[];
  readonly variables: Record<string, unknown>;
}

/** A field with random arguments as variables and a random selection below it. */
function drawField(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  prefix: string,
  depth: number,
): fc.Arbitrary<Drawn> {
  const given = field.args.map((argument) => {
    const required = isNonNullType(argument.type) && argument.defaultValue === undefined;
    const drawn = value(argument.type, argument.name);
    return (required ? drawn : fc.option(drawn, { nil: undefined })).map((chosen) => ({ argument, chosen }));
  });
  return fc
    .tuple(fc.tuple(...given), drawSelection(schema, getNamedType(field.type), `${prefix}${field.name}_`, depth))
    .map(([args, below]) => {
      const used = args.filter(({ chosen }) => chosen !== undefined);
      const variable = (name: string) => `${prefix}${field.name}_${name}`;
      const written = used.map(({ argument }) => `${argument.name}: $${variable(argument.name)}`).join(', ');
      return {
        text: `${field.name}${written && `(${written})`}${below.text}`,
        declared: [
          ...used.map(({ argument }) => `$${variable(argument.name)}: ${String(argument.type)}`),
          ...below.declared,
        ],
        variables: {
          ...Object.fromEntries(used.map(({ argument, chosen }) => [variable(argument.name), chosen])),
          ...below.variables,
        },
      };
    });
}

const nothing: Drawn = { text: '', declared: [], variables: {} };

function drawSelection(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  prefix: string,
  depth: number,
): fc.Arbitrary<Drawn> {
  if (!isCompositeType(type)) return fc.constant(nothing);
  if (isAbstractType(type) || depth === 0) return fc.constant({ ...nothing, text: ' { __typename }' });
  const fields = Object.values((type as GraphQLObjectType).getFields()).filter((field) => reachable(field, depth));
  return fc
    .subarray(fields, { minLength: Math.min(1, fields.length), maxLength: Math.min(4, fields.length) })
    .chain((chosen) =>
      fc.tuple(...chosen.map((field) => drawField(schema, field, prefix, depth - 1))).map((drawn) => ({
        text: ` { __typename ${drawn.map((one) => one.text).join(' ')} }`,
        declared: drawn.flatMap((one) => one.declared),
        variables: Object.assign({}, ...drawn.map((one) => one.variables)) as Record<string, unknown>,
      })),
    );
}

const reachable = (field: GraphQLField<unknown, unknown>, depth: number) =>
  depth > 1 || !isObjectType(getNamedType(getNullableType(field.type)));

/** Any query or mutation of the schema but those left out. */
export function anyOperation(schema: GraphQLSchema): fc.Arbitrary<RandomOperation> {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
  ] as const;
  const fields = roots.flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {})
      .filter(({ name }) => !leftOut.test(name))
      .map((field) => ({ kind, field })),
  );
  return fc.constantFrom(...fields).chain(({ kind, field }) =>
    drawField(schema, field, '', 3).map(({ text: written, declared, variables }) => ({
      query: print(parse(`${kind} ${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${written} }`)),
      variables,
    })),
  );
}

/** A document with a piece cut out, doubled, or replaced by anything. */
export function mangled(schema: GraphQLSchema): fc.Arbitrary<RandomOperation> {
  return fc
    .tuple(anyOperation(schema), fc.nat(), fc.nat(40), fc.oneof(fc.constant(''), text()))
    .map(([{ query, variables }, at, length, put]) => {
      const from = at % (query.length + 1);
      return { query: query.slice(0, from) + put + query.slice(from + length), variables };
    });
}
