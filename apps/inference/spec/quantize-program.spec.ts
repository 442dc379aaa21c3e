/** The program behind `cairn models quantize`, started as a process, and what it publishes in a running service. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInferenceClient, unpackFloat32 } from '@cairn/contracts';
import { decodeModel, encodeModel } from '@cairn/onnx-graph';
import { writeRandomEncoder } from '../../../test/support/random-encoder.js';
import type { QuantizeReport } from '../src/quantization/quantize.js';

const root = join(__dirname, '../../..');
const models = join(root, 'models');
const program = join(root, 'dist/apps/inference/src/quantization/quantize.main.js');
const folder = mkdtempSync(join(tmpdir(), 'cairn-quantize-'));
const at = (...names: string[]) => join(folder, ...names);

/** Questions of the starter content with their topics. */
function starterExamples(): string {
  const rows = (name: string) =>
    readFileSync(join(root, 'content/incoming', name), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'));
  const topics = new Map(rows('labels.tsv').map(([id, topic]) => [id, topic]));
  return `text\tlabel\n${rows('questions.tsv')
    .map(([id, text]) => `${text}\t${topics.get(id)}\n`)
    .join('')}`;
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end; `onLine` may send a signal when it says something. */
async function run(
  args: string[],
  onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Run> {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, NODE_OPTIONS: '' } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    for (const line of chunk.split('\n')) onLine?.(line, (signal) => child.kill(signal));
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const reportOf = ({ stdout }: Run) => JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as QuantizeReport;

/** Everything in a store, hidden folders too. */
const inStore = (store: string): string[] => (existsSync(at(store)) ? readdirSync(at(store)).sort() : []);

let stores = 0;
/** Arguments for an encoder, with a store of their own. */
function argsFor(model: string, ...more: string[]): { store: string; args: string[] } {
  const store = `store-${stores++}`;
  const given = ['--model', model, '--output', 'variant', '--store', at(store), '--bundled', models];
  return { store, args: [...given, '--examples', at('starter.tsv'), ...more] };
}

beforeAll(async () => {
  writeFileSync(at('starter.tsv'), starterExamples());
  writeFileSync(at('bare.tsv'), starterExamples().replaceAll(/\t.*$/gm, ''));
  await writeRandomEncoder(at('random'), {
    ...{ layers: 2, hidden: 64, heads: 4, intermediate: 256, vocab: 2200, maxPosition: 64, layerNorm: 'decomposed' },
    family: 'roberta',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an int8 variant of the bundled encoder', () => {
  // 272 texts are held out: of so few, two may change sides.
  const { store, args } = argsFor('cairn-encoder-v2', '--max-accuracy-loss', '0.02');
  let published: Run;
  beforeAll(async () => (published = await run(args)), 60_000);
  const file = (name: string) => readFileSync(at(store, 'variant', name), 'utf8');

  it('is published with its figures', () => {
    expect(published).toMatchObject({ code: 0 });
    const report = reportOf(published);
    expect(report).toMatchObject({ id: 'variant', folder: at(store, 'variant'), published: true, precision: 'int8' });
    expect(report.cosine).toMatchObject({ texts: 680 });
    expect(report.cosine.mean).toBeGreaterThan(0.99);
    expect(report.cosine.min).toBeGreaterThan(0.98);
    const { float32, int8, difference, trainTexts, testTexts } = report.probe!;
    expect([trainTexts, testTexts]).toEqual([408, 272]);
    // Chance is 1 of 17.
    expect(Math.min(float32, int8)).toBeGreaterThan(0.4);
    expect(difference).toBeCloseTo(int8 - float32, 12);
    expect(report.bytes.before).toBe(statSync(join(models, 'cairn-encoder-v2/onnx/model.onnx')).size);
    expect(report.bytes.after).toBe(statSync(at(store, 'variant/onnx/model.onnx')).size);
    expect(report.bytes.after).toBeLessThan(0.3 * report.bytes.before);
    expect(report.reason).toContain(report.cosine.mean.toFixed(5));
    expect(inStore(store)).toEqual(['variant']);
  });

  it('has the files of the original, a card and golden vectors of its own', () => {
    const same = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'vocab.txt'];
    for (const name of same) expect(file(name)).toBe(readFileSync(join(models, 'cairn-encoder-v2', name), 'utf8'));
    expect(file('README.source.md')).toBe(readFileSync(join(models, 'cairn-encoder-v2/README.md'), 'utf8'));
    expect(readdirSync(at(store, 'variant')).sort()).toEqual(
      [...same, 'README.md', 'README.source.md', 'golden.json', 'onnx'].sort(),
    );
    const { cosine, probe } = reportOf(published);
    const card = file('README.md');
    expect(card).toMatch(/^---\nbase_model: "cairn-encoder-v2"\n/);
    expect(card).toMatch(/revision `[0-9a-f]{64}`/);
    for (const figure of [cosine.mean.toFixed(5), cosine.min.toFixed(5), `${(100 * probe!.int8).toFixed(2)} %`])
      expect(card).toContain(figure);
    const golden = JSON.parse(file('golden.json')) as { texts: string[]; tolerance: number };
    expect(golden.texts).toContain('How do I reset my password?');
    expect(golden.tolerance).toBeGreaterThanOrEqual(1e-4);
    expect(golden.tolerance).toBeLessThan(0.01);
  });

  it('reproduces its golden vectors in a service, and is not taken for the original', async () => {
    const probing = createServer().listen(0, '127.0.0.1');
    await once(probing, 'listening');
    const address = `127.0.0.1:${(probing.address() as AddressInfo).port}`;
    probing.close();
    await once(probing, 'close');
    const settings = { MODEL_STORE: at(store), BUNDLED_MODELS: models, INFERENCE_ADDRESS: address, LOG_LEVEL: 'fatal' };
    const service = fork(join(root, 'dist/apps/inference/src/main.js'), {
      env: { ...process.env, NODE_OPTIONS: '', ...settings },
      execArgv: [],
      stdio: 'ignore',
    });
    try {
      expect(await once(service, 'message')).toMatchObject([{ type: 'ready' }]);
      const client = createInferenceClient(address);
      const model = await client.loadModel({ source: 'variant' }, { deadlineMs: 60_000 });
      expect(model).toMatchObject({ id: 'variant', precision: 'int8' });
      const embed = async (id: string) => {
        const { vectors } = await client.embed({ texts: ['How do I get a refund?'], options: { model: id } });
        return { values: unpackFloat32(vectors!.data), revision: vectors!.provenance!.revision };
      };
      const [original, variant] = [await embed('cairn-encoder-v2'), await embed('variant')];
      const cosine = original.values.reduce((sum, value, i) => sum + value * variant.values[i], 0);
      expect(cosine).toBeGreaterThan(0.98);
      expect(variant.values).not.toEqual(original.values);
      expect(variant.revision).not.toBe(original.revision);

      // The tolerance is looked at, and bounded.
      const withTolerance = (name: string, tolerance: number) => {
        cpSync(at(store, 'variant'), at(name), { recursive: true });
        const golden = JSON.parse(file('golden.json')) as object;
        writeFileSync(at(name, 'golden.json'), JSON.stringify({ ...golden, tolerance }));
        return client.loadModel({ source: at(name) }, { deadlineMs: 60_000 });
      };
      await expect(withTolerance('strict', 1e-7)).rejects.toThrow(/1e-7 is allowed.*--reduce-range/);
      await expect(withTolerance('lax', 0.5)).rejects.toThrow(/golden\.json cannot be read/);
      client.close();
    } finally {
      service.kill();
      await once(service, 'exit');
    }
  }, 60_000);

  it('is there once: a second run is told so at once, unless it may replace it', async () => {
    const before = file('README.md');
    const again = await run(args);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/^quantize: --output: there is a model "variant" .* --force\.\n$/);
    expect(file('README.md')).toBe(before);
    const forced = await run([...args, '--force', '--precision', 'float16', '--json']);
    expect(forced.code).toBe(0);
    expect(forced.stdout.split('\n')).toHaveLength(2);
    expect(file('README.md')).toContain('in float16');
    // The service above keeps its rewritten graphs there.
    expect(inStore(store).filter((name) => name !== '.engine')).toEqual(['variant']);
  }, 60_000);
});

describe('the quality gate', () => {
  it('refuses what is not as good, with figures, and leaves nothing behind', async () => {
    const { store, args } = argsFor('cairn-encoder-v2', '--min-cosine', '0.9999999', '--max-texts', '300');
    const refused = await run(args);
    expect(refused.code).toBe(1);
    const report = reportOf(refused);
    expect(report).toMatchObject({ published: false, cosine: { texts: 300 } });
    expect(report.reason).toMatch(/^refused: .*mean cosine 0\.999\d* \(0\.9999999 needed\)/);
    expect(inStore(store)).toEqual([]);
  }, 60_000);

  it('leaves the published one alone when its replacement is refused', async () => {
    const { store, args } = argsFor(at('random'), '--skip-probe', '--max-texts', '50');
    expect((await run(args)).code).toBe(0);
    const before = readFileSync(at(store, 'variant/README.md'), 'utf8');
    expect((await run([...args, '--force', '--min-cosine', '1'])).code).toBe(1);
    expect(readFileSync(at(store, 'variant/README.md'), 'utf8')).toBe(before);
    expect(inStore(store)).toEqual(['variant']);
  }, 60_000);

  it('publishes float16 of any graph: half the file, next to no difference', async () => {
    const { store, args } = argsFor(at('random'), '--skip-probe', '--precision', 'float16', '--max-texts', '50');
    const done = await run(args);
    expect(done.code).toBe(0);
    const { bytes, cosine, probe } = reportOf(done);
    expect(probe).toBeNull();
    expect(bytes.after / bytes.before).toBeLessThan(0.55);
    expect(cosine.min).toBeGreaterThan(0.999999);
    const golden = readFileSync(at(store, 'variant/golden.json'), 'utf8');
    expect(golden).not.toContain('tolerance');
  }, 60_000);

  it('needs enough examples, or to be told to do without a probe', async () => {
    const few = starterExamples().split('\n').slice(0, 100).join('\n');
    writeFileSync(at('few.tsv'), few);
    const { store, args } = argsFor(at('random'), '--examples', at('few.tsv'));
    const refused = await run(args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^quantize: --examples: 99 texts .* needs 200 texts .* --skip-probe\.\n$/);
    expect(inStore(store)).toEqual([]);
    const bare = await run([...args, '--examples', at('bare.tsv'), '--skip-probe', '--max-texts', '30']);
    expect(reportOf(bare)).toMatchObject({ published: true, probe: null });
  }, 60_000);
});

describe('input that cannot be used', () => {
  const complete = ['--model', 'cairn-encoder-v2', '--output', 'x', '--store', at('none'), '--bundled', models];
  const withExamples = [...complete, '--examples', at('starter.tsv')];

  it.each<[string, string[], RegExp]>([
    ['nothing', [], /--model: is missing/],
    ['no examples', complete, /--examples: is missing: .*text<TAB>label/],
    ['an unknown option', [...withExamples, '--fast'], /--fast/],
    ['an id that leaves the store', [...withExamples, '--output', '../x'], /--output: "\.\.\/x" is no id/],
    ['the id of the encoder', [...withExamples, '--output', 'cairn-encoder-v2'], /--output: .*bundled/],
    ['a model that is not there', [...withExamples, '--model', 'nowhere'], /--model: "nowhere" is no encoder/],
    [
      'a precision there is not',
      [...withExamples, '--precision', 'int4'],
      /--precision: "int4" is none of int8, float16/,
    ],
    ['a cosine that is none', [...withExamples, '--min-cosine', '1.5'], /--min-cosine: "1\.5"/],
    ['a seed that is none', [...withExamples, '--seed', '1e3'], /--seed: "1e3"/],
    ['7 bits of float16', [...withExamples, '--precision', 'float16', '--reduce-range'], /--reduce-range: /],
    ['a store that is a file', [...withExamples, '--store', at('starter.tsv')], /--store: .*starter\.tsv cannot be/],
    ['a file that is not there', [...complete, '--examples', at('none.tsv')], /--examples: .*none\.tsv cannot be read/],
  ])('is told in one line: %s', async (_, args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    // Progress may go before.
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect(inStore('none')).toEqual([]);
  });

  it('explains itself when asked', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const option of ['--model', '--examples', '--reduce-range', '--max-accuracy-loss', 'Exit codes'])
      expect(stdout).toContain(option);
  });

  const onnx = (name: string) => at(name, 'onnx/model.onnx');
  const change = (name: string, change: (model: ReturnType<typeof decodeModel>) => void) => {
    const model = decodeModel(readFileSync(onnx(name)));
    change(model);
    writeFileSync(onnx(name), encodeModel(model));
  };
  it.each<[string, (name: string) => void, RegExp]>([
    ['cut short', (name) => truncateSync(onnx(name), 100_000), /cannot be read as an ONNX model/],
    ['of another kind', (name) => writeFileSync(onnx(name), '{"not": "onnx"}'), /cannot be read as an ONNX model/],
    [
      'with a weight that is no number',
      (name) =>
        change(name, ({ graph }) => graph!.initializer.find(({ dims }) => dims.length === 2)!.rawData!.fill(255, 0, 4)),
      /no numbers/,
    ],
    [
      'whose data is said to lie elsewhere on the disk',
      (name) =>
        change(name, ({ graph }) => {
          const [tensor] = graph!.initializer;
          tensor.rawData = undefined;
          tensor.externalData = [{ key: 'location', value: '../../../etc/passwd' }];
        }),
      /no file in the model's folder/,
    ],
    [
      'whose graph lacks a part',
      (name) =>
        change(name, ({ graph }) =>
          graph!.node.splice(
            graph!.node.findIndex(({ opType }) => opType === 'Softmax'),
            1,
          ),
        ),
      /cannot be loaded/,
    ],
    ['without config.json', (name) => rmSync(at(name, 'config.json')), /has no config\.json/],
    ['with half a tokenizer', (name) => truncateSync(at(name, 'tokenizer.json'), 1000), /is not a tokenizer/],
    [
      'with the tokenizer of another one',
      (name) => cpSync(join(models, 'cairn-encoder-v2/tokenizer.json'), at(name, 'tokenizer.json')),
      /do not belong together/,
    ],
  ])('is refused as the fault of --model: an encoder %s', async (_, spoil, message) => {
    const name = `spoilt-${stores}`;
    cpSync(at('random'), at(name), { recursive: true });
    spoil(name);
    const { store, args } = argsFor(at(name), '--skip-probe', '--max-texts', '40');
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/quantize: --model: .*\n$/);
    expect(stderr).toMatch(message);
    expect(inStore(store)).toEqual([]);
  });
});

describe('a run that is stopped midway', () => {
  it('leaves nothing behind after SIGTERM', async () => {
    const { store, args } = argsFor('cairn-encoder-v2');
    let staging: string[] = [];
    const { code, stdout } = await run(args, (line, kill) => {
      if (!line.includes('embedding')) return;
      staging = inStore(store);
      kill('SIGTERM');
    });
    expect({ code, stdout }).toEqual({ code: 143, stdout: '' });
    expect(staging).toHaveLength(1);
    expect(inStore(store)).toEqual([]);
  }, 60_000);

  it('leaves only what no service sees after SIGKILL, and the next run clears it up', async () => {
    const { store, args } = argsFor(at('random'), '--skip-probe');
    const { code } = await run(args, (line, kill) => {
      if (line.includes('embedding')) kill('SIGKILL');
    });
    expect(code).toBeNull();
    expect(inStore(store)).toEqual([expect.stringMatching(/^\.quantize-variant-/)]);
    // A run that is still working is left alone.
    const other = at(store, '.quantize-variant-00000000-0000-0000-0000-000000000000');
    mkdirSync(other);
    const host = (JSON.parse(readFileSync(at(store, inStore(store)[1], 'owner.json'), 'utf8')) as { host: string })
      .host;
    writeFileSync(join(other, 'owner.json'), JSON.stringify({ host, pid: process.pid }));
    expect((await run(args)).code).toBe(0);
    expect(inStore(store)).toEqual(['.quantize-variant-00000000-0000-0000-0000-000000000000', 'variant']);
  }, 60_000);
});
