/**
 * What no client would send, at everything the schema offers: nothing may end in an error that nobody expected. A few
 * hundred operations here; `npm run fuzz` sends 10,000. A failure is printed with its operation and what the logs say of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildSchema } from 'graphql';
import { anyOperation, mangled, type RandomOperation } from './support/random-operations.js';
import { repository, Stack } from './support/stack.js';

const runs = Number(process.env['FUZZ_RUNS'] ?? 300);
const seed = Number(process.env['FUZZ_SEED'] ?? 20261123);
jest.setTimeout(120_000 + runs * 100);

const schema = buildSchema(readFileSync(join(repository, 'apps/gateway/schema.graphql'), 'utf8'));

describe('fuzzing', () => {
  let stack: Stack;
  let pids: number[];
  const services = () =>
    ['gateway/src/main', 'knowledge/src/main', 'inference/src/main'].flatMap((name) => stack.processes(name));
  beforeAll(async () => {
    stack = await Stack.start();
    pids = services();
    const { data } = await stack.graphql<{ createTopic: { topic: { id: string } } }>(
      'mutation { createTopic(input: { title: "Billing" }) { topic { id } } }',
    );
    await stack.graphql(
      'mutation ($topic: ID) { createQuestion(input: { text: "Why?", topicId: $topic }) { question { id } } }',
      { topic: data.createTopic.topic.id },
    );
  });
  afterAll(() => stack?.stop());

  const send = async (body: string | Buffer, headers: Record<string, string>) => {
    const response = await fetch(stack.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: new Uint8Array(Buffer.from(body)),
    });
    const text = await response.text();
    return { status: response.status, answer: JSON.parse(text) as Record<string, unknown>, text };
  };
  /** Expected errors have codes of their own; a status of 503 or INTERNAL means that something broke. */
  const isFine = ({ status, text }: { status: number; text: string }) =>
    status < 500 && !text.includes('"code":"INTERNAL"') && !text.includes('"code":"UNAVAILABLE"');
  /** One of each kind: a run goes on after a failure, so that it finds all there are. */
  const failures = new Map<string, string>();
  const note = (sent: string, { status, text }: { status: number; text: string }) => {
    const logged = logLines(/"requestId":"([^"]+)"/.exec(text)?.[1]);
    const kind = /"type":.*?"(?:stack|message)":"[^"]{0,200}/.exec(logged)?.[0] ?? `${status} ${text.slice(0, 60)}`;
    if (!failures.has(kind)) failures.set(kind, `${sent.slice(0, 2000)}\n${status} ${text.slice(0, 300)}\n${logged}`);
  };
  const logLines = (requestId: string | undefined): string => {
    const folder = join(stack.data, 'logs');
    const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
    return lines.filter((line) => requestId !== undefined && line.includes(requestId)).join('\n');
  };
  const check = async (operation: RandomOperation, headers: Record<string, string>) => {
    const body = JSON.stringify(operation);
    const answer = await send(body, headers);
    if (!isFine(answer)) note(body, answer);
  };
  const asAdmin = () => ({ authorization: `Bearer ${stack.key}` });
  afterEach(() => {
    const found = [...failures.values()];
    failures.clear();
    if (found.length > 0) throw new Error(`${found.length} kinds of failures:\n${found.join('\n\n')}`);
  });

  it('operations with inputs and cursors that no client would send', async () => {
    const callers = fc.constantFrom(asAdmin(), asAdmin(), {});
    await fc.assert(fc.asyncProperty(anyOperation(schema), callers, check), {
      numRuns: Math.ceil(runs * 0.6),
      seed,
      endOnFailure: true,
    });
  });

  it('documents that are no longer documents', async () => {
    await fc.assert(
      fc.asyncProperty(mangled(schema), (operation) => check(operation, asAdmin())),
      { numRuns: Math.ceil(runs * 0.2), seed, endOnFailure: true },
    );
  });

  it('bodies and headers that are anything', async () => {
    const body = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.record({
        query: fc.jsonValue(),
        variables: fc.jsonValue(),
        operationName: fc.jsonValue(),
        extensions: fc.jsonValue(),
      }),
    );
    const header = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.:;/ ') });
    await fc.assert(
      fc.asyncProperty(body, header, header, async (given, requestId, space) => {
        const bytes = typeof given === 'string' || Buffer.isBuffer(given) ? given : JSON.stringify(given);
        const answer = await send(bytes, { 'x-request-id': requestId, 'x-cairn-space': space });
        if (!isFine(answer)) note(Buffer.from(bytes).toString('utf8'), answer);
      }),
      { numRuns: Math.ceil(runs * 0.2), seed, endOnFailure: true },
    );
  });

  it('leaves every service running', async () => {
    expect(services()).toEqual(pids);
    const { data } = await stack.graphql<{ topics: { nodes: unknown[] } }>('{ topics { nodes { id } } }');
    expect(data.topics.nodes.length).toBeGreaterThan(0);
  });
});
