/** @jest-environment ./test/environments/onnx.js */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModel, elementTypes, encodeModel, GraphBuilder, int, type ElementType } from '@cairn/onnx-graph';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { KserveServer } from '../../../../test/support/kserve-server.js';
import { collate } from '../batching/collate.js';
import { openKserve, type KserveBackend, type KserveForward } from './kserve-forward.js';
import { pinKserve } from './pin-kserve.js';

const root = join(__dirname, '../../../..');
const bundled = join(root, 'models/cairn-encoder-v2');
const folder = mkdtempSync(join(tmpdir(), 'cairn-kserve-'));
const layers = 2;
const outputs = { layers };
const timeoutMs = 20_000;

// Texts of different lengths, so that there is padding.
const ids = (JSON.parse(readFileSync(join(bundled, 'golden.json'), 'utf8')) as { input_ids: number[][] }).input_ids;
const padded = collate(
  Int32Array.from(ids.flat()),
  Int32Array.from(ids, (text) => text.length),
  0,
);

/** The bundled encoder with an output for each hidden layer, as float32 or float16. */
function withHiddenStates(name: string, type: ElementType): string {
  const model = decodeModel(readFileSync(join(bundled, 'onnx/model.onnx')));
  const states = [...Array.from({ length: layers }, (_, layer) => `state_${layer}`), 'last_hidden_state'];
  const graph = model.graph!;
  const last = graph.output[0];
  graph.output = states.map((state, layer) => {
    const output = `hidden_state_${layer}`;
    const to = {
      name: 'to',
      type: 2,
      i: elementTypes[type],
      floats: [],
      ints: [],
      strings: [],
      tensors: [],
      graphs: [],
    };
    graph.node.push({ input: [state], output: [output], opType: 'Cast', attribute: [to], metadataProps: [] });
    const shape = last.type?.tensorType?.shape;
    return { name: output, type: { tensorType: { elemType: elementTypes[type], shape } }, metadataProps: [] };
  });
  if (type === 'float32') graph.output.push(last);
  return save(name, encodeModel(model));
}

/** A graph that only looks like an encoder, or nearly so: its one hidden component is the id. */
function nearly(name: string, inputs: [string, ElementType, (number | string)[]][], output: string, rank = 3): string {
  const builder = new GraphBuilder(name);
  for (const [input, type, shape] of inputs) builder.input(input, type, shape);
  const axes = builder.constant(
    'axes',
    'int64',
    [rank - 2],
    BigInt64Array.from({ length: rank - 2 }, (_, i) => BigInt(2 + i)),
  );
  const [cast] = builder.node('Cast', [inputs[0][0]], { attributes: { to: int(elementTypes.float32) } });
  builder.node('Unsqueeze', [cast, axes], { outputs: [output] });
  builder.output(output, 'float32', [...inputs[0][2], ...new Array<number>(rank - 2).fill(1)]);
  return save(name, builder.bytes());
}

function save(name: string, bytes: Uint8Array): string {
  const file = join(folder, `${name}.onnx`);
  writeFileSync(file, bytes);
  return file;
}

/** What ONNX Runtime gives in this process. */
async function here(file: string, output: string): Promise<Float32Array> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const shape = [padded.batch, padded.seq];
  const feeds = {
    input_ids: new Tensor('int64', padded.inputIds, shape),
    attention_mask: new Tensor('int64', padded.attentionMask, shape),
    token_type_ids: new Tensor('int64', new BigInt64Array(padded.batch * padded.seq), shape),
  };
  const data = Float32Array.from((await session.run(feeds, [output]))[output].data as Float32Array);
  await session.release();
  return data;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

const anySize = ['batch', 'seq'];
const usual: [string, ElementType, (number | string)[]][] = [
  ['input_ids', 'int64', anySize],
  ['attention_mask', 'int64', anySize],
];
const encoder = { name: 'cairn-encoder-v2', file: join(bundled, 'onnx/model.onnx') };

jest.setTimeout(60_000);
let server: KserveServer;
const opened: KserveForward[] = [];
const servers: KserveServer[] = [];
const closers: (() => void)[] = [];

async function open(settings: Partial<Omit<KserveBackend, 'type'>> = {}): Promise<KserveForward> {
  const kserve = await openKserve({ url: server.url, model: 'cairn-encoder-v2', timeoutMs, outputs, ...settings });
  opened.push(kserve);
  return kserve;
}

beforeAll(async () => {
  server = await KserveServer.start([
    encoder,
    { name: 'all-layers', file: withHiddenStates('all-layers', 'float32') },
    { name: 'half', file: withHiddenStates('half', 'float16') },
    { name: 'versions', file: encoder.file, versions: ['9', '10', '1'] },
    { name: 'no-types', file: nearly('no-types', usual, 'last_hidden_state') },
    { name: 'images', file: nearly('images', [['pixels', 'int64', anySize]], 'last_hidden_state') },
    {
      name: 'positions',
      file: nearly('positions', [...usual, ['position_ids', 'int64', anySize]], 'last_hidden_state'),
    },
    {
      name: 'fixed',
      file: nearly('fixed', [usual[0], ['attention_mask', 'int64', [8, 128]]], 'last_hidden_state'),
    },
    { name: 'int32', file: nearly('int32', [['input_ids', 'int32', anySize], usual[1]], 'last_hidden_state') },
    { name: 'logits', file: nearly('logits', usual, 'logits') },
    { name: 'pooled', file: nearly('pooled', usual, 'last_hidden_state', 4) },
  ]);
});

afterEach(async () => {
  for (const kserve of opened.splice(0)) kserve.close();
  for (const close of closers.splice(0)) close();
  await Promise.all(servers.splice(0).map((one) => one.kill()));
  await server.behave({ delayMs: 0, ready: true, fail: { count: 0, status: 'OK', message: '' } });
});

afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe('forward passes by a model server', () => {
  it('are those of ONNX Runtime in this process', async () => {
    const { forward } = await open();
    const [hidden, ...more] = await forward(padded, [layers]);
    expect(more).toEqual([]);
    expect(hidden.length).toBe(padded.batch * padded.seq * 256);
    expect(largestDifference(hidden, await here(encoder.file, 'last_hidden_state'))).toBeLessThanOrEqual(1e-6);
    expect((await server.counts()).lastOutputs).toEqual(['last_hidden_state']);
  });

  it('give each layer asked for, in order, and fetch each once', async () => {
    const { forward, layers: there } = await open({ model: 'all-layers' });
    expect(there).toEqual([0, 1, 2]);
    const states = await forward(padded, [layers, 0, 1, 0]);
    expect((await server.counts()).lastOutputs).toEqual(['last_hidden_state', 'hidden_state_0', 'hidden_state_1']);
    const file = join(folder, 'all-layers.onnx');
    const expected = [layers, 0, 1, 0].map((layer) => here(file, `hidden_state_${layer}`));
    for (const [i, state] of states.entries())
      expect(largestDifference(state, await expected[i])).toBeLessThanOrEqual(1e-6);
    expect(largestDifference(states[0], states[1])).toBeGreaterThan(0.1);
  });

  it('read half precision, the last layer by its number where it has no name', async () => {
    const { forward } = await open({ model: 'half' });
    const [hidden] = await forward(padded, [layers]);
    const exact = await here(encoder.file, 'last_hidden_state');
    // Rounded to 11 significant bits, or to the smallest half.
    hidden.forEach((value, i) => {
      if (!(Math.abs(value - exact[i]) <= Math.abs(exact[i]) * 2 ** -11 + 2 ** -24)) expect(value).toBe(exact[i]);
    });
    expect(largestDifference(hidden, exact)).toBeGreaterThan(0);
  });

  it('give a graph only the inputs it has', async () => {
    const { forward } = await open({ model: 'no-types' });
    const [hidden] = await forward(padded, [layers]);
    expect(hidden).toEqual(Float32Array.from(padded.inputIds, Number));
  });

  it('run at the same time for several sessions', async () => {
    await server.behave({ delayMs: 300 });
    const sessions = await Promise.all([open(), open(), open()]);
    const answers = await Promise.all(sessions.map(({ forward }) => forward(padded, [layers])));
    expect((await server.counts()).mostAtOnce).toBe(3);
    expect(answers[1]).toEqual(answers[0]);
  });

  it('stay with the version that was the newest when they began', async () => {
    const own = await KserveServer.start([{ ...encoder, versions: ['9', '10', '1'] }]);
    servers.push(own);
    const { forward, version } = await open({ url: own.url });
    expect(version).toBe('10');
    await forward(padded, [layers]);
    expect((await own.counts()).lastVersion).toBe('10');
    await own.behave({ models: [{ ...encoder, versions: ['11'] }] });
    await expect(forward(padded, [layers])).rejects.toMatchObject({
      name: 'Unavailable',
      message: expect.stringContaining('version 10') as string,
    });
    expect((await open({ url: own.url })).version).toBe('11');
    expect((await open({ model: 'versions', version: '9' })).version).toBe('9');
  });
});

describe('opening', () => {
  it.each([
    ['somebody-elses', /no model "somebody-elses".*KSERVE_MODEL/],
    ['images', /no input input_ids, attention_mask/],
    ['positions', /wants the input position_ids/],
    ['fixed', /attention_mask of shape \[8, 128\]/],
    ['int32', /input_ids as INT32/],
    ['logits', /no output last_hidden_state, only logits/],
    ['pooled', /last_hidden_state of shape \[-1, -1, 1, 1\]/],
  ])('refuses the model %s', async (model, message) => {
    await expect(open({ model })).rejects.toMatchObject({
      name: 'Refusal',
      field: 'source',
      message: expect.stringMatching(message) as string,
    });
  });

  it('refuses a version that is not there', async () => {
    await expect(open({ model: 'versions', version: '2' })).rejects.toMatchObject({
      field: 'source',
      message: expect.stringContaining('no version 2') as string,
    });
  });

  it('waits for nobody: a server that is still loading, or down, is UNAVAILABLE, long before the time is over', async () => {
    await server.behave({ ready: false });
    await expect(open({ timeoutMs: 3_600_000 })).rejects.toMatchObject({ name: 'Unavailable' });
    const own = await KserveServer.start([encoder]);
    await own.kill();
    const failure = await open({ url: own.url, timeoutMs: 3_600_000 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'Unavailable', message: expect.stringContaining(own.url) as string });
  });

  it('is done once on the main thread, to agree on a version, with errors of that thread', async () => {
    const backend = { type: 'kserve', url: server.url, model: 'versions', timeoutMs } as const;
    expect(await pinKserve(backend, outputs)).toEqual({ ...backend, version: '10' });
    await expect(pinKserve({ ...backend, model: 'images' }, outputs)).rejects.toMatchObject({
      name: 'DomainError',
      code: 'INVALID_INPUT',
      details: { field: 'source' },
    });
    await server.behave({ ready: false });
    await expect(pinKserve(backend, outputs)).rejects.toMatchObject({ name: 'DomainError', code: 'UNAVAILABLE' });
  });

  it('loads gRPC only when it is called', () => {
    const file = join(root, 'dist/apps/inference/src/encoder/kserve-forward.js');
    const script = `require(${JSON.stringify(file)}); console.log(Object.keys(require.cache).filter((f) => /grpc/.test(f)).length)`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env: {} }).trim()).toBe('0');
  });
});

describe('a layer that the graph does not give', () => {
  it('is refused, with those that it gives', async () => {
    const { forward } = await open();
    await expect(forward(padded, [layers, 1])).rejects.toMatchObject({
      name: 'Refusal',
      field: 'options.layers',
      message: expect.stringMatching(/layer 1 .*only of 2\./) as string,
    });
  });
});

describe('a model server in trouble', () => {
  it.each(['RESOURCE_EXHAUSTED', 'UNAVAILABLE'])('is tried again after %s', async (status) => {
    const { forward } = await open();
    const { infers } = await server.behave({ fail: { count: 2, status, message: 'Exceeds maximum queue size' } });
    expect(await forward(padded, [layers])).toHaveLength(1);
    expect((await server.counts()).infers - infers).toBe(3);
  });

  it('is given up after a few tries', async () => {
    const { forward } = await open();
    const { infers } = await server.behave({ fail: { count: 1000, status: 'RESOURCE_EXHAUSTED', message: 'full' } });
    await expect(forward(padded, [layers])).rejects.toMatchObject({
      name: 'Unavailable',
      message: expect.stringContaining('RESOURCE_EXHAUSTED') as string,
    });
    expect((await server.counts()).infers - infers).toBe(6);
  });

  it('is tried again only as long as there is time', async () => {
    const { forward } = await open({ timeoutMs: 300 });
    const { infers } = await server.behave({ fail: { count: 1000, status: 'UNAVAILABLE', message: 'full' } });
    await expect(forward(padded, [layers])).rejects.toMatchObject({ name: 'Unavailable' });
    expect((await server.counts()).infers - infers).toBeLessThan(5);
  });

  it('is not tried again where the request is wrong, and its words are kept', async () => {
    const { forward } = await open();
    const { infers } = await server.behave({
      fail: { count: 1, status: 'INVALID_ARGUMENT', message: 'inference request batch-size must be <= 4' },
    });
    await expect(forward(padded, [layers])).rejects.toMatchObject({
      name: 'KserveFailure',
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining('batch-size must be <= 4') as string,
    });
    expect((await server.counts()).infers - infers).toBe(1);
  });

  it('has a deadline', async () => {
    const { forward } = await open({ timeoutMs: 400 });
    await server.behave({ delayMs: 30_000 });
    await expect(forward(padded, [layers])).rejects.toMatchObject({
      name: 'Unavailable',
      message: expect.stringContaining('within 400 ms') as string,
    });
  });

  it('may die and come back between calls', async () => {
    const own = await KserveServer.start([encoder]);
    servers.push(own);
    const { forward } = await open({ url: own.url });
    const before = await forward(padded, [layers]);
    await own.kill();
    await expect(forward(padded, [layers])).rejects.toMatchObject({ name: 'Unavailable' });
    const second = await KserveServer.start([encoder], own.port);
    servers.push(second);
    expect(await forward(padded, [layers])).toEqual(before);
  });

  it('may drop the connection during a call, which is then made again', async () => {
    const line = await breakable(server.port);
    const { forward } = await open({ url: `127.0.0.1:${line.port}` });
    const before = await forward(padded, [layers]);
    const { infers } = await server.behave({ delayMs: 30_000 });
    const during = forward(padded, [layers]);
    while ((await server.counts()).infers === infers) await new Promise((resolve) => setTimeout(resolve, 20));
    await server.behave({ delayMs: 0 });
    line.hangUp();
    expect(await during).toEqual(before);
  });

  it('may vanish without a word: the next call takes a new connection', async () => {
    const line = await breakable(server.port);
    const { forward } = await open({ url: `127.0.0.1:${line.port}`, timeoutMs: 1000 });
    expect(await forward(padded, [layers])).toHaveLength(1);
    line.silence();
    await expect(forward(padded, [layers])).rejects.toMatchObject({ name: 'Unavailable' });
    expect(await forward(padded, [layers])).toHaveLength(1);
  });
});

/** A line to a port whose present connections can be ended, or made to carry nothing any more without being closed. */
async function breakable(port: number) {
  const pairs: [Socket, Socket][] = [];
  const listener: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
    pairs.push([near, far]);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const hangUp = () => {
    for (const socket of pairs.splice(0).flat()) socket.destroy();
  };
  const silence = () => {
    for (const [near, far] of pairs) {
      near.unpipe(far).resume();
      far.unpipe(near).resume();
    }
  };
  closers.push(() => {
    listener.close();
    hangUp();
  });
  return { port: (listener.address() as AddressInfo).port, hangUp, silence };
}
