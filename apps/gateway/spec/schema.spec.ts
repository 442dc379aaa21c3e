import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isEnumType, isInputObjectType, isObjectType, type GraphQLSchema } from 'graphql';
import { buildSchema, schemaText } from '../src/schema/build-schema.js';

describe('the schema', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => (schema = await buildSchema()));

  it('is the file in the repository', () => {
    expect(readFileSync(join(__dirname, '..', 'schema.graphql'), 'utf8')).toBe(schemaText(schema));
  });

  it('describes every type, field, argument and value', () => {
    const silent: string[] = [];
    const check = (name: string, described: { description?: string | null }) => {
      if (!described.description?.trim()) silent.push(name);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__')) continue;
      check(type.name, type);
      if (isEnumType(type)) type.getValues().forEach((value) => check(`${type.name}.${value.name}`, value));
      if (isInputObjectType(type))
        Object.values(type.getFields()).forEach((field) => check(`${type.name}.${field.name}`, field));
      if (!isObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        field.args.forEach((arg) => check(`${type.name}.${field.name}(${arg.name})`, arg));
      }
    }
    expect(silent).toEqual([]);
  });

  it('returns from every mutation what became of it, nullable, beside its user errors', () => {
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      expect(String(field.type)).toMatch(/^\w+Payload$/);
      const payload = schema.getType(String(field.type));
      if (!isObjectType(payload)) throw new Error(`${String(field.type)} is no object`);
      const { userErrors, ...entities } = payload.getFields();
      expect(String(userErrors.type)).toBe('[UserError!]!');
      for (const entity of Object.values(entities)) expect(String(entity.type)).not.toMatch(/!$/);
    }
  });
});
