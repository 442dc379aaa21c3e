/** The program as it is deployed, started as a process and called over gRPC, with the bundled encoder. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createInferenceClient,
  toVectors,
  unpackFloat32,
  type Draft,
  type InferenceClient,
  inferenceV1,
} from '@cairn/contracts';

const root = join(__dirname, '../../..');
const bundled = join(root, 'models/cairn-encoder-v2');
const golden = JSON.parse(readFileSync(join(bundled, 'golden.json'), 'utf8')) as {
  texts: string[];
  input_ids: number[][];
  embeddings: number[][];
};
const folder = mkdtempSync(join(tmpdir(), 'cairn-inference-'));
const programs: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts the built program; gives its address and its first message: ready, or why not. */
async function startProgram(settings: Record<string, string> = {}) {
  const address = `127.0.0.1:${await freePort()}`;
  const env = { ...process.env, NODE_OPTIONS: '', INFERENCE_ADDRESS: address, MODEL_STORE: join(folder, 'store') };
  const program = fork(join(root, 'dist/apps/inference/src/main.js'), {
    env: { ...env, LOG_LEVEL: 'fatal', ...settings },
    execArgv: [],
    stdio: 'ignore',
  });
  programs.push(program);
  const [message] = (await once(program, 'message')) as [{ type: string; message?: string }];
  return { address, program, message };
}

/** A copy of the bundled encoder, to be broken. */
function copyModel(name: string): string {
  const copy = join(folder, name);
  cpSync(bundled, copy, { recursive: true });
  return copy;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference = Math.max(difference, Math.abs(a[i] - b[i]));
  return difference;
}

async function embedStream(client: InferenceClient, messages: Draft<inferenceV1.EmbedRequest>[]) {
  const call = client.embedStream();
  const sending = (async () => {
    for (const message of messages) await call.send(message);
    call.end();
  })();
  const answers: inferenceV1.EmbedResponse[] = [];
  for await (const answer of call) answers.push(answer);
  await sending;
  return answers;
}

async function trainHead(
  client: InferenceClient,
  vectors: inferenceV1.EmbedResponse['vectors'],
  classIndex: number[],
  classes: string[],
  parameters?: Draft<inferenceV1.TrainHeadParameters>,
) {
  const call = client.trainHead();
  const sending = (async () => {
    await call.send({ start: { provenance: vectors?.provenance, classes, parameters } });
    if (classIndex.length > 0) await call.send({ examples: { vectors, classIndex } });
    call.end();
  })().catch(() => {}); // what went wrong is told to the reader
  const progress: inferenceV1.TrainHeadProgress[] = [];
  let head: inferenceV1.Head | undefined;
  for await (const message of call) {
    if (message.progress !== undefined) progress.push(message.progress);
    if (message.head !== undefined) head = message.head;
  }
  await sending;
  return { head: head as inferenceV1.Head, progress };
}

const subjects: Record<string, string[]> = {
  attention: ['self-attention', 'attention heads', 'queries and keys', 'attention weights', 'cross-attention'],
  terraform: ['terraform', 'a virtual machine', 'cloud users', 'ssh keys on a server', 'an infrastructure plan'],
  recording: ['a screencast', 'screen recording', 'a microphone', 'a video editor', 'subtitles'],
  prices: ['stock prices', 'a regression', 'share prices', 'market forecasts', 'closing prices'],
};
const frames = [
  'What is %?',
  'How do I use %?',
  'Explain % to me',
  'Why do we need %?',
  'Problem with %',
  'Help, % fails',
];
const topics = Object.keys(subjects);
const labelled = topics.flatMap((topic, label) =>
  subjects[topic].flatMap((subject) => frames.map((frame) => ({ text: frame.replace('%', subject), label }))),
);

jest.setTimeout(120_000);
let client: InferenceClient;

beforeAll(async () => {
  const { address, message } = await startProgram();
  expect(message).toEqual({ type: 'ready' });
  client = createInferenceClient(address);
});

afterAll(async () => {
  client?.close();
  for (const program of programs) if (program.exitCode === null) program.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('embedding', () => {
  it('reproduces the golden vectors and ids', async () => {
    const { vectors, items, errors } = await client.embed({ texts: golden.texts });
    expect(errors).toEqual([]);
    expect(items).toEqual(golden.input_ids.map(({ length }) => ({ tokens: length, truncated: false })));
    expect(vectors?.dimension).toBe(256);
    expect(largestDifference(unpackFloat32(vectors?.data as Uint8Array), golden.embeddings.flat())).toBeLessThan(1e-4);
    const { encodings } = await client.tokenize({ texts: golden.texts });
    expect(encodings.map(({ inputIds }) => inputIds)).toEqual(golden.input_ids);
  });

  it('gives the same vectors by stream, in order, whatever the batches', async () => {
    const texts = labelled.map(({ text }, i) => (i % 7 === 0 ? `${text} ${'and so on '.repeat(i)}` : text));
    const single = await client.embed({ texts });
    const streamed = await embedStream(
      client,
      Array.from({ length: 40 }, (_, i) => ({
        texts: texts.slice(3 * i, 3 * i + 3),
        options: { priority: i % 2 === 0 ? ('PRIORITY_BULK' as inferenceV1.Priority) : undefined },
      })),
    );
    const rows = streamed.flatMap(({ vectors }) => [...unpackFloat32(vectors?.data as Uint8Array)]);
    expect(largestDifference(unpackFloat32(single.vectors?.data as Uint8Array), rows)).toBeLessThan(1e-5);
    const alone = await client.embed({ texts: [texts[5]] });
    expect(
      largestDifference(unpackFloat32(alone.vectors?.data as Uint8Array), rows.slice(5 * 256, 6 * 256)),
    ).toBeLessThan(1e-5);
  });

  it('pools by cls, leaves lengths alone, and says so in the provenance', async () => {
    const options = { pooling: 'cls', normalize: false };
    const { vectors } = await client.embed({ texts: [golden.texts[0]], options });
    expect(vectors?.provenance).toMatchObject({ pooling: 'cls', normalized: false, layer: -1, dimension: 256 });
    expect(Math.hypot(...unpackFloat32(vectors?.data as Uint8Array))).not.toBeCloseTo(1, 2);
    await expect(client.embed({ texts: ['x'], options: { pooling: 'median' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'options.pooling' },
    });
  });

  it('reports bad texts one by one and answers the others', async () => {
    const texts = ['', 'fine', 'y'.repeat(32_769), 'too long '.repeat(300), '\u0000', '\u{1F600}', 'a\ud800'];
    const { errors, items, vectors } = await client.embed({ texts });
    expect(errors.map(({ index, code }) => [index, code])).toEqual([
      [0, 'INVALID_INPUT'],
      [2, 'INVALID_INPUT'],
    ]);
    expect(items.map(({ truncated }) => truncated)).toEqual([false, false, false, true, false, false, false]);
    expect(items[3].tokens).toBeGreaterThan(256);
    expect(vectors?.count).toBe(7);
    const strict = await client.embed({
      texts: [texts[3], 'fine'],
      options: { truncate: inferenceV1.Truncate.TRUNCATE_ERROR },
    });
    expect(strict.errors.map(({ index }) => index)).toEqual([0]);
    expect(strict.errors[0].message).toContain('the encoder takes 256');
    expect([...unpackFloat32((strict.vectors?.data as Uint8Array).subarray(0, 1024))]).toEqual(new Array(256).fill(0));
  });

  it('refuses more than 1,024 texts in one call, and takes them by stream', async () => {
    const texts = Array.from({ length: 1025 }, (_, i) => `text ${i}`);
    await expect(client.embed({ texts })).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'texts' } });
    const [answer] = await embedStream(client, [{ texts }]);
    expect(answer.vectors?.count).toBe(1025);
    expect(answer.errors).toEqual([]);
  });

  it('drops the work of a cancelled call', async () => {
    const controller = new AbortController();
    const call = client.embed({ texts: new Array(1024).fill('long text '.repeat(100)) }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    const { errors } = await client.embed({ texts: ['still there?'] }, { deadlineMs: 5000 });
    expect(errors).toEqual([]);
  });

  it('answers OVERLOADED at once when too much waits', async () => {
    const { address } = await startProgram({ QUEUE_LIMIT: '2048', MODEL_STORE: join(folder, 'other') });
    const small = createInferenceClient(address);
    const texts = new Array<string>(1024).fill('a question of some length that takes a while '.repeat(4));
    const calls = await Promise.allSettled(
      Array.from({ length: 4 }, () => small.embed({ texts }, { deadlineMs: 60_000 })),
    );
    const refused = calls.filter((call) => call.status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const { reason } of refused)
      expect(reason).toMatchObject({ code: 'OVERLOADED', details: { retryAfterMs: expect.any(Number) as number } });
    small.close();
  });
});

describe('heads', () => {
  const texts = labelled.map(({ text }) => text);
  const labels = labelled.map(({ label }) => label);

  it('says to train one where none is in use', async () => {
    await expect(client.classify({ texts: ['x'] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { field: 'head_id' },
    });
  });

  it('trains, is the same when trained again, is promoted, and classifies texts and vectors', async () => {
    const { vectors } = await client.embed({ texts });
    const { head, progress } = await trainHead(client, vectors, labels, topics);
    expect(head.classes).toEqual(topics);
    expect(head.figures?.heldOutExamples).toBe(24);
    expect(head.figures?.accuracy).toBeGreaterThan(0.8);
    expect(head.unknown?.auroc).toBeGreaterThan(0.6);
    expect(head.inUse).toBe(false);
    expect(progress.length).toBeGreaterThan(0);
    for (const { done, total } of progress) expect(done).toBeLessThanOrEqual(total);
    expect((await trainHead(client, vectors, labels, topics)).head.id).toBe(head.id);
    const other = await trainHead(client, vectors, labels, topics, { l2: 0.01 });
    expect(other.head.id).not.toBe(head.id);

    expect((await client.promoteHead({ id: head.id })).inUse).toBe(true);
    const { heads } = await client.listHeads({});
    expect(heads.filter(({ inUse }) => inUse).map(({ id }) => id)).toEqual([head.id]);

    const answer = await client.classify({ texts: [...texts.slice(0, 40), ''], includeVectors: true, topK: 2 });
    expect(answer.headId).toBe(head.id);
    expect(answer.errors.map(({ index }) => index)).toEqual([40]);
    const right = answer.classifications
      .slice(0, 40)
      .filter(({ classes }, i) => classes[0].label === topics[labels[i]]);
    expect(right.length).toBeGreaterThan(36);
    for (const { classes, unknown, score } of answer.classifications.slice(0, 40)) {
      expect(classes).toHaveLength(2);
      expect(classes[0].probability).toBeGreaterThanOrEqual(classes[1].probability);
      expect(unknown).toBe(score < (head.unknown?.threshold as number));
    }
    const fromVectors = await client.classify({ vectors: answer.vectors, topK: 2 });
    expect(fromVectors.classifications.slice(0, 40)).toEqual(answer.classifications.slice(0, 40));
  });

  it('refuses vectors and options of another provenance', async () => {
    const { vectors } = await client.embed({ texts: ['x'], options: { pooling: 'cls' } });
    const expected = { code: 'INVALID_INPUT', details: { field: 'head_id' } };
    await expect(client.classify({ vectors })).rejects.toMatchObject(expected);
    await expect(client.classify({ texts: ['x'], options: { pooling: 'cls' } })).rejects.toMatchObject(expected);
  });

  it('refuses one class, no examples, and vectors that are not numbers', async () => {
    const { vectors } = await client.embed({ texts: texts.slice(0, 10) });
    const one = trainHead(client, vectors, new Array(10).fill(1), topics);
    await expect(one).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'classes' } });
    const none = trainHead(client, vectors, [], topics);
    await expect(none).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'examples' } });
    const broken = toVectors(new Float32Array(256 * 4).fill(NaN), 256, vectors?.provenance);
    const nan = trainHead(client, broken, [0, 0, 1, 1], topics);
    await expect(nan).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'examples' } });
  });

  it('keeps the head in use over a restart, for every replica of the store', async () => {
    const [before] = (await client.listHeads({})).heads.filter(({ inUse }) => inUse);
    const { address } = await startProgram();
    const replica = createInferenceClient(address);
    expect((await replica.classify({ texts: ['What is attention?'] })).headId).toBe(before.id);
    const { vectors } = await client.embed({ texts });
    const { head } = await trainHead(client, vectors, labels, topics, { l2: 0.05 });
    await client.promoteHead({ id: head.id });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await replica.classify({ texts: ['What is attention?'] })).headId).toBe(head.id);
    replica.close();
  });
});

describe('encoders', () => {
  const refusal = (what: string | RegExp) => ({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(what) as string,
    details: { field: 'source' },
  });

  it('loads a directory beside the default encoder, and frees it again', async () => {
    const path = copyModel('twin');
    const twin = await client.loadModel({ source: path });
    expect(twin).toMatchObject({ id: 'twin', state: 'MODEL_STATE_READY', isDefault: false });
    expect(twin.goldenDifference).toBeLessThan(1e-4);
    const models = (await client.listModels({})).models.map(({ id, revision }) => ({ id, revision }));
    expect(models).toContainEqual({ id: 'cairn-encoder-v2', revision: twin.revision });
    const { vectors } = await client.embed({ texts: ['hello'], options: { model: 'twin' } });
    expect(vectors?.provenance?.encoderId).toBe('twin');
    expect(await client.unloadModel({ id: 'twin' })).toMatchObject({ state: 'MODEL_STATE_AVAILABLE' });
    await expect(client.embed({ texts: ['hello'], options: { model: 'twin' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(client.unloadModel({ id: 'cairn-encoder-v2' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each(['tokenizer.json', 'config.json', 'onnx/model.onnx'])('refuses a directory without %s', async (name) => {
    const path = copyModel(`without-${name.replace('/', '-')}`);
    rmSync(join(path, name));
    await expect(client.loadModel({ source: path })).rejects.toMatchObject(refusal(`has no ${name}`));
  });

  it('refuses a truncated and a foreign ONNX file', async () => {
    const truncated = copyModel('truncated');
    truncateSync(join(truncated, 'onnx/model.onnx'), 5_000_000);
    await expect(client.loadModel({ source: truncated })).rejects.toMatchObject(refusal(/model\.onnx cannot be read/));
    const foreign = copyModel('foreign');
    writeFileSync(join(foreign, 'onnx/model.onnx'), '<html>not found</html>');
    await expect(client.loadModel({ source: foreign })).rejects.toMatchObject(refusal(/model\.onnx cannot be read/));
    expect((await client.getModel({ id: 'foreign' })).state).toBe('MODEL_STATE_FAILED');
  });

  it('refuses a tokenizer with more ids than the encoder knows', async () => {
    const path = copyModel('small-vocabulary');
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as object;
    writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, vocab_size: 9000 }));
    await expect(client.loadModel({ source: path })).rejects.toMatchObject(refusal(/ids up to 15999/));
  });

  it('refuses to become ready with vectors other than the golden ones, or without its encoder', async () => {
    const models = join(folder, 'models');
    cpSync(bundled, join(models, 'off'), { recursive: true });
    const embeddings = golden.embeddings.map((row, i) => (i === 3 ? row.map((value) => value + 2e-4) : row));
    writeFileSync(join(models, 'off', 'golden.json'), JSON.stringify({ ...golden, pooling: 'mean', embeddings }));
    const off = await startProgram({ BUNDLED_MODELS: models, DEFAULT_ENCODER: 'off' });
    expect(off.message).toMatchObject({ type: 'failed', message: expect.stringContaining('differ') as string });
    const missing = await startProgram({ BUNDLED_MODELS: models, DEFAULT_ENCODER: 'nowhere' });
    expect(missing.message.message).toMatch(/^The encoder "nowhere" is in none of the model folders\./);
  });
});

describe('the hub', () => {
  const commit = 'a'.repeat(40);
  let hub: Server;

  beforeAll(async () => {
    // A hub as the transformers package sees it: /owner/name/resolve/<commit>/<file>.
    hub = createServer((request, response) => {
      const prefix = `/owner/name/resolve/${commit}/`;
      const name = request.url?.startsWith(prefix) ? request.url.slice(prefix.length) : '';
      try {
        response.end(request.method === 'HEAD' ? undefined : readFileSync(join(bundled, name)));
      } catch {
        response.writeHead(404).end();
      }
    }).listen(0, '127.0.0.1');
    await once(hub, 'listening');
  });
  afterAll(() => void hub.close());

  it('fetches a pinned encoder, which then lies in the store', async () => {
    const { port } = hub.address() as AddressInfo;
    const { address } = await startProgram({ HUB_URL: `http://127.0.0.1:${port}`, MODEL_STORE: join(folder, 'hub') });
    const online = createInferenceClient(address);
    const model = await online.loadModel({ source: 'owner/name', revision: commit }, { deadlineMs: 60_000 });
    expect(model).toMatchObject({ id: `owner--name@${commit.slice(0, 12)}`, state: 'MODEL_STATE_READY' });
    const { vectors } = await online.embed({ texts: [golden.texts[0]], options: { model: model.id } });
    expect(largestDifference(unpackFloat32(vectors?.data as Uint8Array), golden.embeddings[0])).toBeLessThan(1e-4);
    await expect(online.loadModel({ source: 'owner/other', revision: commit })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'source' },
    });
    await expect(online.loadModel({ source: 'owner/name' })).rejects.toMatchObject({ details: { field: 'revision' } });
    online.close();
  });

  it('says what to do without a network', async () => {
    const settings = { HUB_URL: `http://127.0.0.1:${await freePort()}`, MODEL_STORE: join(folder, 'offline') };
    const { address } = await startProgram(settings);
    const offline = createInferenceClient(address);
    await expect(
      offline.loadModel({ source: 'owner/name', revision: commit }, { deadlineMs: 60_000 }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('Without a network') as string });
    offline.close();
  });
});

describe('stopping', () => {
  it('answers what is in work after SIGTERM, then exits with 0', async () => {
    const { address, program } = await startProgram();
    const last = createInferenceClient(address);
    const texts = Array.from({ length: 300 }, (_, i) => `question number ${i} of a long list of questions`);
    const answer = last.embed({ texts });
    await new Promise((resolve) => setTimeout(resolve, 60));
    const exit = once(program, 'exit');
    program.kill('SIGTERM');
    expect((await answer).vectors?.count).toBe(300);
    last.close();
    expect(await exit).toEqual([0, null]);
  });
});
