import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram, runProgram } from './program.js';

let folder: string;
let server: Server;
/** What the server answers next, by turn; the last one again and again. */
let answers: object[];
let bodies: { query: string; variables: Record<string, unknown> }[];
let keys: (string | undefined)[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-cli-'));
  process.env.CAIRN_DATA = folder;
  bodies = [];
  keys = [];
  server = createServer((request, response) => {
    keys.push(request.headers.authorization);
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      bodies.push(JSON.parse(body) as (typeof bodies)[number]);
      response.end(JSON.stringify(answers.length > 1 ? answers.shift() : answers[0]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  delete process.env.CAIRN_DATA;
  process.exitCode = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function cairn(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  const { port } = server.address() as AddressInfo;
  const atServer = args.includes('--url') || args.length === 0 ? [] : ['--url', `http://127.0.0.1:${port}/graphql`];
  try {
    return { code: await runProgram(createProgram('1.2.3'), [...args, ...atServer]), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const refused = (code: string, message = 'No.') => ({ data: null, errors: [{ message, extensions: { code } }] });

describe('exit codes', () => {
  it.each([
    ['INVALID_INPUT', 2],
    ['UNAUTHENTICATED', 3],
    ['FORBIDDEN', 3],
    ['UNAVAILABLE', 4],
    ['DEADLINE_EXCEEDED', 4],
    ['INTERNAL', 1],
  ])('%s ends with %i and one line', async (code, expected) => {
    answers = [refused(code, 'What was wrong.')];
    const result = await cairn('status');
    expect(result.code).toBe(expected);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^cairn: What was wrong\..*\n$/);
  });

  it('a service that cannot be reached ends with 4 and says how to start it', async () => {
    const result = await cairn('status', '--url', 'http://127.0.0.1:9/graphql');
    expect(result.code).toBe(4);
    expect(result.stderr).toMatch(/^cairn: .*cairn start.*\n$/);
  });

  it('an address that is no gateway ends with 4 and says to check it', async () => {
    answers = [{ hello: 'world' }];
    expect(await cairn('status')).toMatchObject({ code: 4, stderr: expect.stringContaining('--url') as string });
  });

  it.each([
    [['ask']],
    [['ask', ' ']],
    [['search', 'x', '--first', '0']],
    [['nonsense']],
    [['cluster', '--k', 'many']],
    [['merge', 'id']],
    [['export', '--format', 'md']],
    [['status', '--url', 'localhost']],
    [['models', 'load']],
    [['models', 'load', 'x', '--device', 'tpu']],
    [['models', 'alias', 'fast']],
    [['models', 'alias', 'fast', 'x', '--remove']],
    [['models', 'quantize', 'x', '--precision', 'int4']],
    [['classify', '--model', 'x']],
    [['import', '/there/is/no/such.csv']],
  ])('%j ends with 2 and one line', async (args) => {
    const result = await cairn(...args);
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^cairn: .+\n$/);
    expect(bodies).toEqual([]);
  });

  it('waits and asks again where the server has too much to do', async () => {
    const busy = { data: null, errors: [{ message: 'Busy.', extensions: { code: 'OVERLOADED', retryAfterMs: 1 } }] };
    const nothing = { vectorsUsed: true, hits: [], corrections: [], facets: null, pageInfo: { hasNextPage: false } };
    answers = [busy, busy, { data: { search: nothing } }];
    expect(await cairn('search', 'x')).toMatchObject({ code: 0, stdout: 'Nothing was found.\n' });
    expect(bodies).toHaveLength(3);
  });

  it('every command explains itself with examples and exit codes', async () => {
    const commands = (parent: Command): Command[] => parent.commands.flatMap((one) => [one, ...commands(one)]);
    for (const command of commands(createProgram('1.2.3'))) {
      const group = command.parent?.name();
      const path = group === 'cairn' ? [command.name()] : [group!, command.name()];
      const { code, stdout } = await cairn(...path, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain('$ cairn');
      expect(stdout).toContain('Exit codes:');
    }
  });
});

describe('keys', () => {
  it('sends the key that was given, or that of the local stack', async () => {
    answers = [refused('UNAUTHENTICATED')];
    await cairn('status');
    file('admin.key', 'cairn_local\n');
    await cairn('status');
    await cairn('--key', 'cairn_given', 'status');
    expect(keys).toEqual([undefined, 'Bearer cairn_local', 'Bearer cairn_given']);
  });
});

describe('import', () => {
  const created = (count: number, line = 2) => ({
    data: {
      importQuestions: {
        userErrors: [],
        results: Array.from({ length: count }, (_, i) => ({ line: line + i, outcome: 'CREATED' })),
      },
    },
  });
  const sent = () =>
    bodies.map(({ variables }) => variables.input as { source: string; rows: object[]; dryRun: boolean });

  it('sends rows under the name of the file, and prints nothing but JSON with --json', async () => {
    answers = [created(2)];
    const path = file('tickets.csv', 'id,text,label\n1,Why?,cards\n2,Who?,\n');
    const result = await cairn('import', path, '--json');
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({ created: 2, failed: 0, dryRun: false, errors: [] });
    expect(sent()).toEqual([
      {
        source: 'tickets',
        dryRun: false,
        duplicates: 'REPORT',
        rows: [
          { line: 2, externalId: '1', text: 'Why?', topic: 'cards' },
          { line: 3, externalId: '2', text: 'Who?' },
        ],
      },
    ]);
  });

  it('gives labels from a table, but those kept back or hidden', async () => {
    answers = [created(4)];
    const labels = file('l.tsv', 'id\ttopic\tuse\n1\ta\tlabel\n2\ta\thold\n3\tb\tlabel\n');
    const path = file('q.tsv', 'id\ttext\n1\tone\n2\ttwo\n3\tthree\n4\tfour\n');
    await cairn('import', path, '--labels', labels, '--hide-topics', 'b,c');
    expect(sent()[0].rows.map((row) => (row as { topic?: string }).topic)).toEqual([
      'a',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('sends rows in batches, each under the source it names', async () => {
    const rows = Array.from({ length: 600 }, (_, i) =>
      JSON.stringify({ text: `question ${i}`, source: i < 10 ? 'old' : '' }),
    );
    answers = [created(10, 1), created(240, 11), created(250, 251), created(100, 501)];
    const result = await cairn('import', file('all.jsonl', rows.join('\n')), '--json');
    expect(JSON.parse(result.stdout)).toMatchObject({ created: 600 });
    expect(sent().map(({ source, rows: { length } }) => [source, length])).toEqual([
      ['old', 10],
      ['all', 240],
      ['all', 250],
      ['all', 100],
    ]);
  });

  it('counts a repeated text once, and refuses a repeated id', async () => {
    answers = [created(2)];
    const path = file('r.jsonl', '{"text":"a"}\n{"text":"a "}\n{"id":"1","text":"b"}\n{"id":"1","text":"c"}\n');
    const result = await cairn('import', path, '--json');
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      created: 2,
      repeated: 1,
      failed: 1,
      errors: [{ line: 4, field: 'id' }],
    });
  });

  it('lists failed rows with file and line, and writes all of them where told', async () => {
    answers = [
      {
        data: {
          importQuestions: {
            userErrors: [],
            results: [{ line: 2, outcome: 'FAILED', code: 'INVALID_INPUT', field: 'topic', message: 'No such slug.' }],
          },
        },
      },
    ];
    const path = file('f.csv', `id,text\n1,fine\n${',\n'.repeat(30)}`);
    const result = await cairn('import', path, '--errors', join(folder, 'errors.jsonl'));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(`31 rows were not imported:`);
    expect(result.stderr).toContain(`${path}:3: text: the text is empty`);
    expect(result.stderr).toContain('... and 11 more');
    const all = readFileSync(join(folder, 'errors.jsonl'), 'utf8').trim().split('\n');
    expect(all).toHaveLength(31);
    expect(all.map((line) => JSON.parse(line) as object)).toContainEqual({
      path,
      line: 2,
      code: 'INVALID_INPUT',
      field: 'topic',
      message: 'No such slug.',
    });
  });

  it('refuses a table without a text column before anything is sent', async () => {
    const result = await cairn('import', file('x.csv', 'id,subject\n1,a\n'));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('--map COLUMN=text');
    expect(bodies).toEqual([]);
  });
});

describe('models', () => {
  const model = {
    id: 'small',
    aliases: ['fast'],
    state: 'READY',
    isDefault: true,
    task: 'EMBEDDING',
    classes: [],
    dimension: 256,
    precision: 'int8',
    device: 'cpu',
    deviceReason: 'chosen by "auto"; cuda: there is none',
    sessions: 2,
    threads: 1,
    sessionsReason: 'measured',
    memoryBytes: 30 * 2 ** 20,
    graph: null,
    error: null,
  };
  const classifier = {
    ...model,
    id: 'emotions',
    aliases: [],
    state: 'FAILED',
    isDefault: false,
    task: 'CLASSIFICATION',
    classes: ['joy', 'anger'],
    precision: null,
    device: null,
    deviceReason: null,
    sessions: null,
    sessionsReason: null,
    memoryBytes: null,
    error: 'The ONNX file is damaged.',
  };

  it('are listed with what they are and why they run where they do', async () => {
    answers = [{ data: { models: [model, classifier] } }];
    const { code, stdout } = await cairn('models');
    expect(code).toBe(0);
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines[2]).toEqual([
      'small',
      'ready, default',
      'fast',
      'embedding',
      'int8',
      'cpu',
      '256',
      '30.0 MiB',
      '2 x 1',
    ]);
    expect(lines[3]).toEqual(['emotions', 'failed', 'classification (2 classes)', '256']);
    expect(stdout).toContain('\nsmall: cpu: chosen by "auto"; cuda: there is none\n');
    expect(stdout).toContain('\nemotions: failed: The ONNX file is damaged.\n');
    expect(JSON.parse((await cairn('models', 'list', '--json')).stdout)).toEqual([model, classifier]);
  });

  it('are loaded as asked; folders are seen from here', async () => {
    answers = [{ data: { loadModel: { model, userErrors: [] } } }];
    await cairn('models', 'load', './here', '--revision', 'r', '--hash', 'h', '--device', 'cuda');
    expect(bodies[0].variables).toEqual({
      source: join(process.cwd(), 'here'),
      revision: 'r',
      contentHash: 'h',
      device: 'cuda',
    });
    const error = { code: 'INVALID_INPUT', field: 'contentHash', message: 'The content has another hash.' };
    answers = [{ data: { loadModel: { model: null, userErrors: [error] } } }];
    const refusedLoad = await cairn('models', 'load', 'owner/name');
    expect(refusedLoad).toMatchObject({ code: 2, stderr: 'cairn: The content has another hash.\n' });
    expect(bodies[1].variables).toEqual({ source: 'owner/name' });
  });

  it('are unloaded, and get names and lose them', async () => {
    answers = [{ data: { unloadModel: { model, userErrors: [] } } }];
    expect(await cairn('models', 'unload', 'small')).toMatchObject({ code: 0, stdout: 'small is unloaded.\n' });
    answers = [{ data: { setModelAlias: { model, userErrors: [] } } }];
    expect((await cairn('models', 'alias', 'fast', 'small')).stdout).toBe('fast stands for small now.\n');
    answers = [{ data: { setModelAlias: { model: null, userErrors: [] } } }];
    expect((await cairn('models', 'alias', 'fast', '--remove')).stdout).toBe('fast stands for no model any more.\n');
    expect(bodies.map(({ variables }) => variables)).toEqual([
      { id: 'small' },
      { alias: 'fast', model: 'small' },
      { alias: 'fast' },
    ]);
  });

  it('that are classifiers say their classes by name', async () => {
    const classifications = [{ unknown: false, label: 'joy', confidence: 0.75, topic: null, error: null }];
    answers = [{ data: { classify: { headId: null, classifications } } }];
    const { stdout } = await cairn('classify', '--model', 'emotions', 'what a day!');
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toMatchObject([
      ['class', 'confidence', 'nearest', 'text'],
      {},
      ['joy', '75.0 %', 'what a day!'],
      {},
    ]);
    expect(bodies[0].variables).toEqual({ texts: ['what a day!'], model: 'emotions' });
  });
});
