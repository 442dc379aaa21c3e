/** What goes wrong at the door: each through GraphQL and, where a person would type it, through the command line. */
import { mkdtempSync, rmSync, writeFileSync, cpSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository, Stack, type GraphQLAnswer } from './support/stack.js';

jest.setTimeout(120_000);

const nowhere = '00000000-0000-4000-8000-000000000000';

describe('bad input', () => {
  let stack: Stack;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-bad-'));
    stack = await Stack.start();
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const create = (text: string) =>
    stack.graphql<{
      createQuestion: { question: { text: string } | null; userErrors: { code: string; field: string }[] };
    }>(
      `mutation ($text: String!) { createQuestion(input: { text: $text }) {
         question { id text version } userErrors { code field message } } }`,
      { text },
    );
  const refusal = (answer: GraphQLAnswer<unknown>) => answer.errors?.[0]?.extensions;
  /** Waits for a job started by the mutation and returns it. */
  const ended = async (mutation: string) => {
    const { data } =
      await stack.graphql<
        Record<string, { job: { id: string } | null; userErrors: { code: string; field: string; message: string }[] }>
      >(mutation);
    const { job, userErrors } = Object.values(data)[0];
    if (job === null) return { state: 'REFUSED', error: userErrors[0] };
    for (;;) {
      const answer = await stack.graphql<{ job: { state: string; error: { code: string; message: string } | null } }>(
        'query ($id: ID!) { job(id: $id) { state error { code message } } }',
        { id: job.id },
      );
      if (!['QUEUED', 'RUNNING'].includes(answer.data.job.state)) return answer.data.job;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  describe('texts', () => {
    const huge = 'a'.repeat(1_000_000);

    it.each([
      ['empty', ''],
      ['blank', ' \n\t '],
      ['huge', huge],
      ['with NUL', 'what is\u0000 this'],
    ])('a question that is %s is refused, naming the field', async (_name, text) => {
      const { data, errors } = await create(text);
      expect(errors).toBeUndefined();
      expect(data.createQuestion).toMatchObject({
        question: null,
        userErrors: [{ code: 'INVALID_INPUT', field: expect.stringContaining('text') as string }],
      });
    });

    it('half of a surrogate pair is refused, naming the variable', async () => {
      expect(refusal(await create('what is \ud83d'))).toMatchObject({ code: 'INVALID_INPUT', field: 'variables.text' });
    });

    it('astral characters are kept as they are', async () => {
      const text = 'what does 🗿 in 𝔡𝔢𝔢𝔭 learning mean? 数学';
      expect((await create(text)).data.createQuestion).toMatchObject({ question: { text }, userErrors: [] });
    });

    it('a body that is not UTF-8 is refused', async () => {
      const body = Buffer.concat([
        Buffer.from('{"query":"{ search(text: \\"'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('\\") { vectorsUsed } }"}'),
      ]);
      const response = await fetch(stack.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(response.status).toBe(400);
    });

    it.each(['', huge])('ask and search refuse a text they cannot use', async (text) => {
      for (const field of ['search', 'ask'] as const) {
        const selection = field === 'search' ? 'vectorsUsed' : 'unknown';
        const answer = await stack.graphql(`query ($text: String!) { ${field}(text: $text) { ${selection} } }`, {
          text,
        });
        expect(refusal(answer)).toMatchObject({
          code: 'INVALID_INPUT',
          field: expect.stringContaining('text') as string,
        });
      }
    });

    it('one bad text of many is reported, the others are embedded', async () => {
      const { data } = await stack.graphql<{
        embed: { embeddings: { base64: string | null; error: { code: string } | null }[] };
      }>('query ($texts: [String!]!) { embed(texts: $texts) { embeddings { base64 error { code message } } } }', {
        texts: ['one', '', 'three'],
      });
      expect(data.embed.embeddings.map(({ error }) => error?.code ?? null)).toEqual([null, 'INVALID_INPUT', null]);
      expect(data.embed.embeddings.map(({ base64 }) => base64 !== null)).toEqual([true, false, true]);
    });

    it('an encoder that is not there is named as the argument that asked for it', async () => {
      const answer = await stack.graphql('{ embed(texts: ["x"], model: "nope") { embeddings { tokens } } }');
      expect(refusal(answer)).toMatchObject({ code: 'NOT_FOUND', field: 'model' });
    });

    it('the command line says the same', async () => {
      for (const args of [
        ['ask', ''],
        ['search', ''],
      ]) {
        const { code, stderr } = await stack.cli(args);
        expect(code).toBeGreaterThan(0);
        expect(stderr).toMatch(/text/i);
      }
    });
  });

  describe('ids and versions', () => {
    it('what does not exist is null to read and NOT_FOUND to change', async () => {
      const { data } = await stack.graphql<{ question: null }>('query ($id: ID!) { question(id: $id) { id } }', {
        id: nowhere,
      });
      expect(data.question).toBeNull();
      const change = `mutation ($id: ID!) {
        publishQuestion(id: $id, expectedVersion: 1) { userErrors { code field } } }`;
      for (const id of [nowhere, 'not-an-id']) {
        const answer = await stack.graphql<{ publishQuestion: { userErrors: { code: string }[] } }>(change, { id });
        expect(answer.data.publishQuestion.userErrors).toEqual([
          expect.objectContaining({ code: expect.stringMatching(/NOT_FOUND|INVALID_INPUT/) as string }),
        ]);
      }
      const cli = await stack.cli(['accept', nowhere]);
      expect(cli.code).toBe(1);
      expect(cli.stderr).toMatch(/no suggestion/i);
    });

    it('a stale version is a CONFLICT that says which version holds', async () => {
      const created = await create('what is a stale version?');
      const { id } = created.data.createQuestion.question as unknown as { id: string };
      const update = (text: string) =>
        stack.graphql<{
          updateQuestion: { question: { version: number } | null; userErrors: { code: string; message: string }[] };
        }>(
          `mutation ($id: ID!, $text: String!) { updateQuestion(id: $id, expectedVersion: 1, input: { text: $text }) {
             question { version } userErrors { code message } } }`,
          { id, text },
        );
      expect((await update('first')).data.updateQuestion.question).toEqual({ version: 2 });
      const stale = (await update('second')).data.updateQuestion;
      expect(stale.question).toBeNull();
      expect(stale.userErrors[0]).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('2') as string });
    });
  });

  describe('keys', () => {
    it('an admin mutation without a key, and with a wrong one, is refused', async () => {
      const mutation = 'mutation { startEmbedding { job { id } } }';
      expect(refusal(await stack.graphql(mutation, {}, null))).toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(refusal(await stack.graphql(mutation, {}, 'cairn_wrong'))).toMatchObject({ code: 'UNAUTHENTICATED' });
      const cli = await stack.cli(['--key', 'cairn_wrong', 'embed']);
      expect(cli.code).toBe(3);
    });
  });

  describe('jobs that cannot be done', () => {
    it('training without labels says what is missing', async () => {
      expect(await ended('mutation { startTraining { job { id } userErrors { code field message } } }')).toMatchObject({
        error: { code: 'INVALID_INPUT', message: expect.stringMatching(/label/i) as string },
      });
      const cli = await stack.cli(['train']);
      expect(cli.code).toBe(1);
      expect(cli.stderr).toMatch(/label/i);
    });

    it('training with one topic says that two are needed', async () => {
      const one = file('one.tsv', 'id\ttext\ttopic\n1\tfirst question\tonly\n2\tsecond question\tonly\n');
      expect((await stack.cli(['import', one])).code).toBe(0);
      expect(await ended('mutation { startTraining { job { id } userErrors { code field message } } }')).toMatchObject({
        error: { code: 'INVALID_INPUT', message: expect.stringMatching(/topic/i) as string },
      });
    });

    it('more clusters than questions names both numbers', async () => {
      await ended('mutation { startEmbedding { job { id } userErrors { code field message } } }');
      const job = await ended(
        'mutation { startClustering(input: { nClusters: 500, scope: ALL }) { job { id } userErrors { code field message } } }',
      );
      expect(job.error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('500') as string });
      const cli = await stack.cli(['cluster', '--k', '500', '--scope', 'all']);
      expect(cli.code).toBe(1);
      expect(cli.stderr).toContain('500');
    });
  });

  describe('files', () => {
    it('a malformed line is reported with its number, the others are imported', async () => {
      const bad = file('bad.csv', 'id,text\n1,a fine question\n2,too,many,fields\n3,\n4,another fine question\n');
      const { code, stdout, stderr } = await stack.cli(['import', bad, '--json']);
      expect(code).toBe(1);
      const summary = JSON.parse(stdout) as { created: number; failed: number; errors: { line: number }[] };
      expect(summary).toMatchObject({ created: 2, failed: 2 });
      expect(summary.errors.map(({ line }) => line)).toEqual([3, 4]);
      expect(stderr).not.toMatch(/at \w+ \(/);
      const rows = await stack.graphql<{
        importQuestions: { results: { line: number; outcome: string; field: string | null }[] };
      }>(
        `mutation ($rows: [ImportRowInput!]!) { importQuestions(input: { source: "api", rows: $rows }) {
           results { line outcome code field } userErrors { message } } }`,
        {
          rows: [
            { line: 1, text: 'good through the api' },
            { line: 2, text: '' },
          ],
        },
      );
      expect(rows.data.importQuestions.results).toMatchObject([
        { line: 1, outcome: 'CREATED' },
        { line: 2, outcome: 'FAILED', field: expect.stringContaining('text') as string },
      ]);
    });

    it('invalid UTF-8 is reported with its line and byte; a file in Latin-1 is told by its bytes', async () => {
      const rows = (...lines: string[]) => Buffer.from(['id\ttext', ...lines, ''].join('\n'));
      const broken = Buffer.concat([rows('1\tgood café'), Buffer.from('2\tcaf'), Buffer.from([0xe9, 0x81, 0x0a])]);
      const { code, stdout } = await stack.cli(['import', file('mixed.tsv', broken), '--json']);
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        created: 1,
        errors: [{ line: 3, message: expect.stringContaining('byte 4 (0xE9)') as string }],
      });
      const latin = file('latin1.tsv', Buffer.from('id\ttext\n1\tWas kostet ein Café?\n', 'latin1'));
      const told = await stack.cli(['import', latin, '--json']);
      expect(told).toMatchObject({ code: 0, stderr: expect.stringContaining('Windows-1252') as string });
      const found = await stack.graphql<{ questions: { nodes: { text: string }[] } }>(
        '{ questions(first: 5, filter: { source: "latin1" }) { nodes { text } } }',
      );
      expect(found.data.questions.nodes).toEqual([{ text: 'Was kostet ein Café?' }]);
    });

    it('rows with NUL, with a megabyte, with nothing but blanks fail alone; astral characters are kept', async () => {
      const rows = [
        'id\ttext',
        '1\twhat is 🗿 𝔡𝔢𝔢𝔭?',
        '2\tnul \u0000 inside',
        `3\t${'a'.repeat(1_000_000)}`,
        '4\t   ',
        '',
      ];
      const { code, stdout } = await stack.cli(['import', file('texts.tsv', rows.join('\n')), '--json']);
      expect(code).toBe(1);
      const summary = JSON.parse(stdout) as { created: number; failed: number; errors: { line: number }[] };
      expect(summary).toMatchObject({ created: 1, failed: 3 });
      expect(summary.errors.map(({ line }) => line)).toEqual([3, 4, 5]);
      const { data } = await stack.graphql<{ questions: { nodes: { text: string }[] } }>(
        '{ questions(filter: { source: "texts" }) { nodes { text } } }',
      );
      expect(data.questions.nodes).toEqual([{ text: 'what is 🗿 𝔡𝔢𝔢𝔭?' }]);
    });

    it('a file of the wrong kind is refused with what is accepted', async () => {
      const image = file('picture.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
      const { code, stderr } = await stack.cli(['import', image]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/Markdown|CSV|TSV|JSONL/i);
      expect((await stack.cli(['import', join(folder, 'absent.csv')])).code).toBe(2);
    });

    it('a dry run changes nothing', async () => {
      const good = file('good.jsonl', '{"id":"d1","text":"would this be imported?"}\n');
      const { code, stdout } = await stack.cli(['import', good, '--dry-run', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ created: 1 });
      const { data } = await stack.graphql<{ questions: { totalCount: number } }>(
        '{ questions(filter: { source: "good" }) { totalCount } }',
      );
      expect(data.questions.totalCount).toBe(0);
    });
  });

  describe('models', () => {
    const load = (source: string) =>
      stack.graphql<{ loadModel: { model: null; userErrors: { code: string; field: string; message: string }[] } }>(
        'mutation ($source: String!) { loadModel(source: $source) { model { id } userErrors { code field message } } }',
        { source },
      );
    const copy = (name: string) => {
      cpSync(join(repository, 'models/cairn-encoder-v2'), join(folder, name), { recursive: true });
      return join(folder, name);
    };

    it('a directory without a tokenizer is refused', async () => {
      const model = copy('no-tokenizer');
      rmSync(join(model, 'tokenizer.json'));
      expect((await load(model)).data.loadModel.userErrors[0]).toMatchObject({
        code: 'INVALID_INPUT',
        field: 'source',
        message: expect.stringContaining('tokenizer.json') as string,
      });
    });

    it('a truncated ONNX file is refused, and the service goes on', async () => {
      const model = copy('truncated');
      truncateSync(join(model, 'onnx/model.onnx'), 1_000_000);
      expect((await load(model)).data.loadModel.userErrors[0]).toMatchObject({
        code: 'INVALID_INPUT',
        field: 'source',
      });
      const { data } = await stack.graphql<{ models: { state: string }[] }>('{ models { id state } }');
      expect(data.models.some(({ state }) => state === 'READY')).toBe(true);
    });
  });
});
