import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PersistedOperations } from '../src/limits/persisted-operations.js';
import { startBench, type TestBench } from './running-gateway.js';

const known = 'query Typename { __typename }';
const hash = createHash('sha256').update(known).digest('hex');

describe('persisted operations', () => {
  let folder: string;
  let path: string;
  let bench: TestBench;
  let only: TestBench;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-persisted-'));
    path = join(folder, 'operations.json');
    writeFileSync(path, JSON.stringify({ [hash]: known }));
    [bench, only] = await Promise.all([
      startBench({ persisted: { path, only: false } }),
      startBench({ persisted: { path, only: true } }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([bench?.stop(), only?.stop()]);
    rmSync(folder, { recursive: true });
  });

  const post = async (to: TestBench, body: object) => {
    const response = await fetch(`${to.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { data, errors } = (await response.json()) as { data?: object; errors?: { extensions: { code: string } }[] };
    return [response.status, errors?.[0].extensions.code ?? data];
  };
  const answered = [200, { __typename: 'Query' }];

  it('are run by their hash, however a client names it', async () => {
    for (const to of [bench, only]) {
      expect(await post(to, { documentId: hash })).toEqual(answered);
      expect(await post(to, { documentId: `sha256:${hash}` })).toEqual(answered);
      expect(await post(to, { extensions: { persistedQuery: { version: 1, sha256Hash: hash } } })).toEqual(answered);
      const extensions = encodeURIComponent(JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hash } }));
      const got = await fetch(`${to.gateway.url}/graphql?extensions=${extensions}`, {
        headers: { 'apollo-require-preflight': '1' },
      });
      expect([got.status, ((await got.json()) as { data: object }).data]).toEqual(answered);
    }
  });

  it('are refused under a hash that nobody registered', async () => {
    for (const to of [bench, only])
      expect(await post(to, { documentId: 'f'.repeat(64) })).toEqual([400, 'PERSISTED_QUERY_NOT_FOUND']);
  });

  it('are all that is run where only they are allowed', async () => {
    const other = '{ __typename other: __typename }';
    expect(await post(bench, { query: other })).toMatchObject([200, {}]);
    expect(await post(only, { query: other })).toEqual([400, 'PERSISTED_OPERATION_REQUIRED']);
    expect(await post(only, { query: known })).toEqual(answered);
    // A hash beside a text does not smuggle the text in.
    expect(await post(only, { query: other, documentId: hash })).toEqual([400, 'PERSISTED_OPERATION_REQUIRED']);
  });

  it.each([
    ['not JSON', '{'],
    ['a wrong hash', JSON.stringify({ abc: known })],
    ['no GraphQL', JSON.stringify({ [createHash('sha256').update('{').digest('hex')]: '{' })],
    ['no text', JSON.stringify({ abc: 1 })],
  ])('refuse to start with %s', (_what, content) => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, content);
    expect(() => new PersistedOperations({ path: bad, only: false })).toThrow(/^PERSISTED_OPERATIONS=/);
  });
});
