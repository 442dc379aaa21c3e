import { buildSchema, GraphQLError, parse } from 'graphql';
import { complexityOf } from './complexity.js';
import { knownComplexity, knownDocument } from './known-documents.js';

const schema = buildSchema(`
  type Query { rows(first: Int = 20): [Row!]! encoded(texts: [String!] = []): [Row!]! }
  type Row { id: ID! rows(first: Int): [Row!]! }
`);
const document = parse(`
  query Page($n: Int, $texts: [String!], $deep: Boolean = false) {
    rows(first: $n) { id rows(first: 3) @include(if: $deep) { id } }
    encoded(texts: $texts) { id }
  }
  query Other { rows(first: 7) { id } }
`);
const known = (variables: Record<string, unknown>, operation = 'Page') =>
  knownComplexity(schema, document, variables, operation);
const fresh = (variables: Record<string, unknown>, operation = 'Page') =>
  complexityOf(schema, document, variables, operation);

describe('what is known of a document', () => {
  it('is the complexity it has, for every size, list, condition and operation', () => {
    const texts = (count: number) => Array.from({ length: count }, (_, i) => `text ${i}`);
    const cases = [{}, { n: 1 }, { n: 100 }, { n: null }, { texts: texts(3) }, { texts: texts(9) }];
    for (const round of [1, 2])
      for (const variables of [...cases, { n: 5, deep: true }, { n: 5, deep: false }])
        expect([round, known(variables)]).toEqual([round, fresh(variables)]);
    expect(known({}, 'Other')).toBe(fresh({}, 'Other'));
    expect(new Set(cases.map((variables) => known(variables))).size).toBeGreaterThan(3);
  });

  it('is never taken for variables that do not fit', () => {
    known({ n: 5 });
    for (const variables of [{ n: 'five' }, { n: 5.5 }, { n: 5, texts: 7 }])
      for (let round = 0; round < 2; round++) expect(() => known(variables)).toThrow(GraphQLError);
  });

  it('takes no memory for each size and name that is tried', () => {
    for (let n = 0; n < 1_000; n++) known({ n, [`extra${n}`.repeat(100)]: n });
    for (let n = 0; n < 1_000; n++) known({ n });
    expect(knownDocument(document).complexities.size).toBeLessThanOrEqual(64);
    expect(Math.max(...[...knownDocument(document).complexities.keys()].map((key) => key.length))).toBeLessThan(301);
  });
});
