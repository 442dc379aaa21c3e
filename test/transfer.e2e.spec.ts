/** Everything out of one space and into another, and what was done by hand taken back: by the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from './support/stack.js';

jest.setTimeout(240_000);

describe('transfer', () => {
  let stack: Stack;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-transfer-'));
    stack = await Stack.start();
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await stack.cli([...args, '--json']);
    expect([code, stderr.replace(/^(importing|exporting).*\n/gm, '')]).toEqual([0, '']);
    return JSON.parse(stdout) as T;
  };

  it('takes all there is to an empty space, once', async () => {
    await json('import', 'content/questions', '--source', 'starter', '--topics', 'content/questions/topics.tsv');
    await json('delete', 'what-is-the-learning-rate-and-how-do-i-choose-it');
    const [first, second] = [join(folder, 'first.jsonl'), join(folder, 'second.jsonl')];
    const { records } = await json<{ records: number }>('export', '--out', first, '--versions');
    const lines = readFileSync(first, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(records + 2);
    await json('spaces', 'create', 'copy', '--title', 'A copy');
    const imported = await json<{ created: number }>('import', first, '--space', 'copy');
    expect(imported).toMatchObject({ created: records, failed: 0 });
    await json('export', '--out', second, '--versions', '--space', 'copy');
    expect(readFileSync(second, 'utf8')).toBe(readFileSync(first, 'utf8'));
    expect(await json('import', first, '--space', 'copy')).toMatchObject({ created: 0, unchanged: records });
  });

  it('writes what other programs read, too', async () => {
    const flat = await stack.cli(['export', '--format', 'flat', '--topic', 'gradient-descent']);
    for (const line of flat.stdout.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ topic: 'gradient-descent', language: 'en' });
  });

  it('reports near-duplicates, or leaves them out', async () => {
    const path = join(folder, 'like.csv');
    writeFileSync(path, 'id,text\n1,"What exactly are the attention weights, and who sees them?"\n');
    await json('import', path, '--source', 'one');
    writeFileSync(path, 'id,text\n1,"what exactly are the attention weights and who sees them"\n');
    const told = await stack.cli(['import', path, '--source', 'two']);
    expect(told.stdout).toContain('1 row nearly the same as a question that is there');
    const skipped = await json('import', path, '--source', 'three', '--duplicates', 'skip');
    expect(skipped).toMatchObject({ created: 0, skipped: 1, duplicates: { count: 1 } });
  });

  it('lists versions, shows what is different, goes back, deletes, takes back and purges', async () => {
    const path = join(folder, 'versions.csv');
    const write = (text: string) => writeFileSync(path, `id,text\n1,${text}\n`);
    write('How do I open an account?');
    await json('import', path, '--source', 'versions');
    write('How do I close an account?');
    await json('import', path, '--source', 'versions');
    const slug = 'how-do-i-open-an-account';
    const listed = await json<{ version: number }[]>('versions', slug);
    expect(listed.map(({ version }) => version)).toEqual([2, 1]);
    const diff = await stack.cli(['versions', 'diff', slug, '--from', '1']);
    expect(diff.stdout).toContain('[-open-]{+close+}');
    const restored = await stack.cli(['versions', 'restore', slug, '1']);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('as version 3') as string });
    const { id } = await json<{ id: string }>('delete', slug);
    expect(await json<{ id: string }[]>('deleted')).toContainEqual(expect.objectContaining({ id }));
    await json('undelete', id);
    expect(await stack.cli(['purge', id])).toMatchObject({ code: 1 });
    await json('delete', id);
    await json('purge', id);
    expect(await stack.cli(['versions', id])).toMatchObject({ code: 1 });
    expect(await stack.cli(['purge', '--before', 'soon'])).toMatchObject({ code: 2 });
    expect(await json('purge', '--before', '2000-01-01')).toEqual({ questions: 0, answers: 0 });
  });

  it('splits a topic and puts it together again', async () => {
    const path = join(folder, 'cards.csv');
    writeFileSync(path, 'id,text,topic\n1,My credit card is lost,cards\n2,My debit card is lost,cards\n');
    await json('import', path, '--source', 'cards');
    const { data } = await stack.graphql<{ questions: { nodes: { id: string; text: string }[] } }>(
      '{ questions(first: 5, filter: { source: "cards" }) { nodes { id text } } }',
    );
    const credit = data.questions.nodes.find(({ text }) => text.includes('credit'))!.id;
    writeFileSync(join(folder, 'ids.txt'), `${credit}\n`);
    const split = ['topics', 'split', 'cards', '--part', `Credit cards=@${join(folder, 'ids.txt')}`, '--below'];
    const { id, labels } = await json<{ id: string; labels: number }>(...split);
    expect(labels).toBe(1);
    expect((await stack.cli(['topics'])).stdout).toContain('  Credit cards (credit-cards): 1 question');
    await json('topics', 'undo', id);
    expect(await stack.cli(['topics', 'split', 'cards', '--part', 'Nothing'])).toMatchObject({ code: 2 });
  });
});
