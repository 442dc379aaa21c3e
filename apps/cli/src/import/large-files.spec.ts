/** Imports that are too large for memory, or stop half-way: the built command against a server that only counts. */
import { spawn } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';

jest.setTimeout(300_000);
const program = join(__dirname, '..', '..', '..', '..', 'dist', 'apps', 'cli', 'src', 'main.js');

interface SentRow {
  line: number;
  text?: string;
  json?: string;
}

describe('large imports', () => {
  let folder: string;
  let server: Server;
  let sent: SentRow[][];
  /** Batches that are answered before the server is gone. */
  let answered: number;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-large-'));
    sent = [];
    answered = Infinity;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (sent.length >= answered) return void response.destroy();
        const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
          query: string;
          variables: { input: { rows?: SentRow[]; records?: SentRow[] } };
        };
        const rows = variables.input.rows ?? variables.input.records ?? [];
        sent.push(rows.map(({ line }) => ({ line })));
        const results = rows.map(({ line }) => ({ line, outcome: 'CREATED' }));
        const field = query.includes('importRecords(') ? 'importRecords' : 'importQuestions';
        response.end(JSON.stringify({ data: { [field]: { results, userErrors: [] } } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  /** @param heap MiB of JavaScript objects it may have; it dies beyond */
  async function cairn(args: readonly string[], heap = 200) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    const child = spawn(process.execPath, [`--max-old-space-size=${heap}`, program, ...args, '--url', url], {
      env: { ...process.env, NODE_OPTIONS: '', CAIRN_DATA: folder },
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += String(chunk)));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, ...said };
  }

  async function write(name: string, lines: Iterable<string>): Promise<string> {
    const path = join(folder, name);
    const file = createWriteStream(path);
    for (const line of lines)
      if (!file.write(line)) await new Promise<void>((resolve) => file.once('drain', () => resolve()));
    file.end();
    await finished(file);
    return path;
  }

  it('of 64 MiB go through 32 MiB of heap', async () => {
    function* rows() {
      const answer = 'Lorem ipsum dolor sit amet. '.repeat(290);
      for (let i = 0; i < 8_000; i++) yield `${JSON.stringify({ id: `${i}`, text: `Question ${i}?`, answer })}\n`;
    }
    const { code, stdout } = await cairn(['import', await write('big.jsonl', rows()), '--json'], 32);
    expect(JSON.parse(stdout)).toMatchObject({ created: 8_000, failed: 0 });
    expect(code).toBe(0);
  });

  it('of a million faulty rows go through 64 MiB; the first are listed, all are in a file', async () => {
    function* rows() {
      yield 'id\ttext\n';
      for (let i = 0; i < 1_000; i++) yield 'x\t\n'.repeat(1_000);
      yield 'good\tWhat is left?\n';
    }
    const errors = join(folder, 'errors.jsonl');
    const path = await write('bad.tsv', rows());
    const { code, stdout, stderr } = await cairn(['import', path, '--errors', errors, '--json'], 64);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ created: 1, failed: 1_000_000 });
    expect((JSON.parse(stdout) as { errors: object[] }).errors).toHaveLength(20);
    expect(stderr).toContain('and 999980 more, all in');
    let listed = 0;
    let last = '';
    for await (const line of createInterface({ input: createReadStream(errors) })) {
      listed += 1;
      last = line;
    }
    expect(listed).toBe(1_000_000);
    expect(JSON.parse(last)).toMatchObject({ line: 1_000_001, field: 'text' });
  });

  it('go on where they stopped, with the faults they had found', async () => {
    const rows = Array.from({ length: 1_000 }, (_, i) =>
      JSON.stringify({ id: `${i}`, text: i % 100 === 7 ? '' : `Q ${i}` }),
    );
    const path = join(folder, 'rows.jsonl');
    writeFileSync(path, rows.join('\n'));
    const errors = join(folder, 'errors.jsonl');
    const args = ['import', path, '--errors', errors, '--json'];
    answered = 2;
    const broken = await cairn(args);
    expect(broken.code).toBe(4);
    answered = Infinity;
    const resumed = await cairn([...args, '--resume']);
    expect(resumed.stderr).toContain('going on after line');
    expect(JSON.parse(resumed.stdout)).toMatchObject({ created: 990, failed: 10 });
    // No row was sent twice, none was left out, each fault is there once.
    expect(sent.flat().map(({ line }) => line)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => i + 1).filter((line) => line % 100 !== 8),
    );
    const faults = readFileSync(errors, 'utf8').trim().split('\n');
    expect(faults.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual(
      Array.from({ length: 10 }, (_, i) => i * 100 + 8),
    );
    expect(readdirSync(join(folder, 'imports'))).toEqual([]);
    // What is finished is begun anew.
    const again = await cairn([...args, '--resume']);
    expect(again.stderr).toContain('nothing to go on with');
    expect(JSON.parse(again.stdout)).toMatchObject({ created: 990 });
  });

  it('begin anew with a file that has changed', async () => {
    const path = join(folder, 'rows.jsonl');
    const rows = Array.from({ length: 600 }, (_, i) => JSON.stringify({ id: `${i}`, text: `Q ${i}` }));
    writeFileSync(path, rows.join('\n'));
    answered = 1;
    expect((await cairn(['import', path])).code).toBe(4);
    answered = Infinity;
    writeFileSync(path, [...rows, '{"id":"new","text":"One more"}'].join('\n'));
    const { stdout } = await cairn(['import', path, '--resume', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ created: 601 });
  });

  it('of an export of everything go on as well, and a cut one is noticed', async () => {
    const path = join(folder, 'all.jsonl');
    const records = Array.from({ length: 700 }, (_, i) => `{"record":"topic","id":"${i}"}`);
    const lines = ['{"record":"export","format":1}', ...records];
    writeFileSync(path, `${[...lines, '{"record":"end","records":700}'].join('\n')}\n`);
    answered = 1;
    expect((await cairn(['import', path])).code).toBe(4);
    answered = Infinity;
    const { code, stdout } = await cairn(['import', path, '--resume', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { created: 700 }]);
    expect(sent.flat()).toHaveLength(700);
    writeFileSync(path, `${lines.join('\n')}\n{"record":"top`);
    const cut = await cairn(['import', path, '--json']);
    expect(cut.code).toBe(1);
    expect(JSON.parse(cut.stdout)).toMatchObject({
      failed: 1,
      errors: [{ message: expect.stringContaining('cut') as string }],
    });
    const wrong = await cairn(['import', path, '--source', 'x']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--source does not apply') as string });
  });
});
