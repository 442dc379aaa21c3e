// Writes libs/client/src/generated from apps/gateway/schema.graphql: types for selections, and a map for building texts.
// With --check: changes nothing and exits with 1 if the files are not what the schema says.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
} from 'graphql';
import { format, resolveConfig } from 'prettier';

const folder = new URL('../libs/client/src/generated/', import.meta.url);
const schema = buildSchema(readFileSync(new URL('../apps/gateway/schema.graphql', import.meta.url), 'utf8'));
const scalars = {
  ID: 'string',
  String: 'string',
  Boolean: 'boolean',
  Int: 'number',
  Float: 'number',
  DateTime: 'string',
};

const doc = (text) => (text ? `/** ${text.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */\n` : '');
const scalar = (type) => scalars[type.name] ?? 'unknown';
const optional = (type, hasDefault) => !isNonNullType(type) || hasDefault;

/** A type of an answer: nullable unless it says otherwise. */
function answer(type) {
  if (isNonNullType(type)) return present(type.ofType);
  return `${present(type)} | null`;
}
function present(type) {
  if (isListType(type)) return `readonly (${answer(type.ofType)})[]`;
  return isScalarType(type) ? scalar(type) : type.name;
}
/** A type of something given. */
const given = (type) => (isNonNullType(type) ? givenPresent(type.ofType) : `${givenPresent(type)} | null`);
function givenPresent(type) {
  if (isListType(type)) return `readonly (${given(type.ofType)})[]`;
  return isScalarType(type) ? scalar(type) : type.name;
}
const property = ({ name, type, description, defaultValue }) =>
  `${doc(description)}readonly ${name}${optional(type, defaultValue !== undefined) ? '?' : ''}: ${given(type)};\n`;

function field({ name, type, args, description }) {
  const taken = args.length === 0 ? '' : `, { ${args.map(property).join('')} }`;
  return `${doc(description)}readonly ${name}: Field<${answer(type)}${taken}>;\n`;
}
const fields = (type) => Object.values(type.getFields()).map(field).join('');

function declare(type) {
  const head = doc(type.description);
  if (isEnumType(type)) {
    const values = type.getValues().map(({ value, description }) => `${doc(description)}| '${value}'`);
    return `${head}export type ${type.name} =\n${values.join('\n')};\n`;
  }
  if (isInputObjectType(type))
    return `${head}export interface ${type.name} {\n${Object.values(type.getFields()).map(property).join('')}}\n`;
  if (isObjectType(type))
    return `${head}export interface ${type.name} extends ObjectOf<'${type.name}', ${type.name}Fields> {}\nexport interface ${type.name}Fields {\n${fields(type)}}\n`;
  if (isUnionType(type) || isInterfaceType(type)) {
    const types = schema.getPossibleTypes(type).map(({ name }) => name);
    const shared = isInterfaceType(type) ? `{ ${fields(type)} }` : 'unknown';
    return `${head}export interface ${type.name} extends AnyOf<${types.join(' | ')}, ${shared}> {}\n`;
  }
  return '';
}

const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const map = Object.fromEntries(
  types
    .filter((type) => isObjectType(type) || isInterfaceType(type) || isUnionType(type))
    .map((type) => [
      type.name,
      isUnionType(type)
        ? {}
        : Object.fromEntries(
            Object.values(type.getFields()).map(({ name, type: of, args }) => [
              name,
              [
                getNamedType(of).name,
                ...(args.length > 0 ? [Object.fromEntries(args.map((arg) => [arg.name, String(arg.type)]))] : []),
              ],
            ]),
          ),
    ]),
);

const note = '// Generated from apps/gateway/schema.graphql by scripts/generate-client.mjs; do not edit.\n';
const files = {
  'schema-types.ts': `${note}import type { AnyOf, Field, ObjectOf } from '../selection.js';\n\n${types.map(declare).filter(Boolean).join('\n')}`,
  'schema-map.ts': `${note}import type { SchemaMap } from '../build-operation.js';\n\nexport const schemaMap: SchemaMap = ${JSON.stringify(map)};\n`,
};

const style = await resolveConfig(new URL('../package.json', import.meta.url).pathname);
mkdirSync(folder, { recursive: true });
let stale = false;
for (const [name, text] of Object.entries(files)) {
  const path = new URL(name, folder);
  const wanted = await format(text, { ...style, parser: 'typescript' });
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue;
  stale = true;
  if (!process.argv.includes('--check')) writeFileSync(path, wanted);
}
if (stale && process.argv.includes('--check')) {
  console.error('libs/client/src/generated is not what the schema says. Run "npm run generate".');
  process.exit(1);
}
