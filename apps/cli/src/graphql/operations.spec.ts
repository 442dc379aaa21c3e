import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import * as operations from './operations.js';

const schema = buildSchema(readFileSync(join(__dirname, '../../../gateway/schema.graphql'), 'utf8'));

describe('the operations of the command', () => {
  const made = [
    ...Object.values(operations.restoreVersion),
    ...(['delete', 'undelete', 'purge'] as const).flatMap((what) =>
      (['Question', 'Answer'] as const).map((type) => operations.deletion(what, type)),
    ),
  ].map(({ field, query }) => [field, query] as const);
  const documents = [
    ...Object.entries(operations).flatMap(([name, one]) => (typeof one === 'string' ? [[name, one] as const] : [])),
    ...made,
  ];

  it.each(documents)('%s is valid in the schema of the gateway', (_name, document) => {
    expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
  });
});
