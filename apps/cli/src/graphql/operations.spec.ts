import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import * as operations from './operations.js';

const schema = buildSchema(readFileSync(join(__dirname, '../../../gateway/schema.graphql'), 'utf8'));

describe('the operations of the command', () => {
  const documents = Object.entries(operations).filter(([, document]) => typeof document === 'string');

  it.each(documents)('%s is valid in the schema of the gateway', (_name, document) => {
    expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
  });
});
