/** The encoder itself is trained, promoted and survives a restart, through the command line and GraphQL. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from './support/stack.js';

jest.setTimeout(240_000);

interface JobResult {
  readonly encoderId: string;
  readonly promoted: boolean;
  readonly reason: string;
  readonly accuracy: number | null;
  readonly accuracyInUse: number | null;
  readonly head: { readonly id: string; readonly state: string } | null;
}
const topics = {
  cards: [
    'my card was declined',
    'the card does not work at the till',
    'when does my new card arrive',
    'card was stolen',
  ],
  transfers: [
    'the transfer is still pending',
    'how long does a transfer take',
    'transfer to a wrong account',
    'transfer fee',
  ],
  login: ['I forgot my password', 'the app does not let me log in', 'reset my passcode', 'two factor login fails'],
};

const until = async (what: string, holds: () => Promise<boolean>) => {
  for (const deadline = Date.now() + 60_000; !(await holds());) {
    if (Date.now() > deadline) throw new Error(`Waited a minute for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

describe('fine-tuning', () => {
  let stack: Stack;
  let folder: string;
  const resultOf = (stdout: string) => (JSON.parse(stdout) as { result: JobResult }).result;
  const models = async () =>
    JSON.parse((await stack.cli(['models', '--json'])).stdout) as { id: string; isDefault: boolean; state: string }[];

  beforeAll(async () => {
    stack = await Stack.start();
    const rows = Object.entries(topics).flatMap(([topic, texts]) =>
      texts.flatMap((text, i) =>
        ['', ' please', ' today', ' again'].map((end, j) => `${topic}-${i}-${j}\t${text}${end}\t${topic}`),
      ),
    );
    folder = mkdtempSync(join(tmpdir(), 'cairn-fine-tuning-'));
    const file = join(folder, 'questions.tsv');
    writeFileSync(file, `id\ttext\ttopic\n${rows.join('\n')}\n`);
    expect(await stack.cli(['import', file, '--json'])).toMatchObject({ code: 0 });
    expect(await stack.cli(['train', '--promote', '--json'])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('trains the encoder on the labels and puts it in use with its head; a restart changes nothing', async () => {
    const run = await stack.cli(['fine-tune', '--epochs', '2', '--promote', '--output', 'bank-encoder', '--json']);
    expect(run).toMatchObject({ code: 0 });
    const result = resultOf(run.stdout);
    expect(result).toMatchObject({ encoderId: 'bank-encoder', promoted: true, head: { state: 'IN_USE' } });
    expect(result.accuracy).toBeGreaterThanOrEqual(result.accuracyInUse!);

    const asked = async () =>
      (
        await stack.graphql<{ ask: { topic: { slug: string } | null }; status: { head: { id: string } } }>(
          '{ ask(text: "my card was declined today") { topic { slug } } status { head { id } } }',
        )
      ).data;
    expect(await asked()).toMatchObject({
      ask: { topic: { slug: 'cards' } },
      status: { head: { id: result.head!.id } },
    });
    expect((await models()).find(({ isDefault }) => isDefault)).toMatchObject({ id: 'bank-encoder', state: 'READY' });

    const [inference] = stack.processes('apps/inference');
    process.kill(inference, 'SIGKILL');
    const isDefault = async () => {
      const found = await models().catch(() => []);
      return found.some((model) => model.id === 'bank-encoder' && model.isDefault && model.state === 'READY');
    };
    await until('the promoted encoder is the default again', isDefault);
    // Knowledge connects again by itself, a moment later than the gateway.
    await until('there are answers again', async () => (await asked()).ask !== null);
    expect(await asked()).toMatchObject({ ask: { topic: { slug: 'cards' } } });
  });

  it('goes back to the head and the encoder of before in one call, and forth again', async () => {
    const heads = async () =>
      (
        await stack.graphql<{ heads: { nodes: { id: string; state: string; encoderId: string }[] } }>(
          '{ heads(first: 5) { nodes { id state encoderId } } }',
        )
      ).data.heads.nodes;
    const [newer, older] = await heads();
    for (const { id, encoderId } of [older, newer]) {
      expect(await stack.cli(['promote', id])).toMatchObject({ code: 0 });
      expect((await heads()).filter(({ state }) => state === 'IN_USE')).toMatchObject([{ id, encoderId }]);
      expect((await models()).find(({ isDefault }) => isDefault)?.id).toBe(encoderId);
    }
  });

  it('pre-trains on bare texts, and puts nothing in use', async () => {
    const run = await stack.cli(['pretrain', '--epochs', '1', '--output', 'bank-words', '--json']);
    expect(run).toMatchObject({ code: 0 });
    expect(resultOf(run.stdout)).toMatchObject({ encoderId: 'bank-words', promoted: false, head: null });
    expect((await models()).find(({ isDefault }) => isDefault)?.id).toBe('bank-encoder');
  });

  it('trains on clusters of all questions, with a head on those that have labels', async () => {
    const asked = ['fine-tune', '--objective', 'clusters', '--clusters', '4', '--epochs', '3'];
    const run = await stack.cli([...asked, '--output', 'bank-clusters', '--promote', '--json']);
    expect(run).toMatchObject({ code: 0 });
    const { id, result } = JSON.parse(run.stdout) as { id: string; result: JobResult };
    expect(result).toMatchObject({ encoderId: 'bank-clusters', head: { id: expect.any(String) as string } });
    const { stdout: log } = await stack.cli(['jobs', 'logs', id]);
    expect(log).toMatch(/Epoch 2: \d+\.\d % of the questions have another|Clusters were settled after 1 epoch/);
    if (!result.promoted) await stack.cli(['promote', result.head!.id]);
    expect((await models()).find(({ isDefault }) => isDefault)?.id).toBe('bank-clusters');
    const clustered = await stack.cli(['cluster', '--scope', 'all', '--k', '4', '--map', 'none']);
    expect(clustered.stdout).toMatch(/4 clusters of 48 questions/);
    const unnumbered = await stack.cli(['fine-tune', '--objective', 'clusters']);
    expect([unnumbered.code, unnumbered.stderr]).toEqual([
      2,
      expect.stringContaining('Say how many clusters') as string,
    ]);
  });

  it('names what it cannot do', async () => {
    expect(await stack.cli(['fine-tune', '--output', 'bank-encoder'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in the store already') as string,
    });
    const start = async (input: string) =>
      (
        await stack.graphql<{ startFineTuning: { userErrors: { code: string; field: string }[] } }>(
          `mutation { startFineTuning(input: { ${input} }) { userErrors { code field } } }`,
        )
      ).data.startFineTuning.userErrors;
    expect(await start('learningRate: 7')).toEqual([{ code: 'INVALID_INPUT', field: 'learningRate' }]);
    expect(await start('epochs: 0')).toEqual([{ code: 'INVALID_INPUT', field: 'epochs' }]);
    expect(await start('output: "../x"')).toEqual([{ code: 'INVALID_INPUT', field: 'output' }]);
  });
});
