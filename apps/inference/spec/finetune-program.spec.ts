/** Fine-tuning as a process of its own: killed, resumed, cancelled, refused; and what it puts into the store. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeRandomEncoder } from '../../../test/support/random-encoder.js';
import type { FineTuningProgress } from '../src/finetune/fine-tuning.js';

jest.setTimeout(120_000);
const program = join(__dirname, '../../../dist/apps/inference/src/finetune/finetune.main.js');
const folder = mkdtempSync(join(tmpdir(), 'cairn-finetune-'));
const source = join(folder, 'encoder');
const table = join(folder, 'examples.tsv');
const running = new Set<ChildProcess>();

/** Texts whose first words say their class. */
const topics = ['card', 'pin', 'refund'];
const rows = Array.from(
  { length: 240 },
  (_, i) => `${topics[i % 3]} number ${i % 7} ${'and more '.repeat(i % 5)}\t${topics[i % 3]}`,
);

beforeAll(async () => {
  await writeRandomEncoder(source, {
    layers: 2,
    hidden: 32,
    heads: 2,
    intermediate: 64,
    vocab: 1500,
    seed: 5,
    weightScale: 0.3,
  });
  writeFileSync(table, `text\tlabel\n${rows.join('\n')}\n`);
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly lines: readonly { progress?: FineTuningProgress; [name: string]: unknown }[];
  readonly stderr: string;
}

/** @param look is told every line, and may kill the process */
function fineTune(
  store: string,
  options: Record<string, string>,
  look: (progress: FineTuningProgress, child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  const given = { source, output: 'tuned', store: join(folder, store), examples: table, ...options };
  const args = Object.entries(given).flatMap(([name, value]) => (value === '' ? [`--${name}`] : [`--${name}`, value]));
  const child = spawn(process.execPath, [program, '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const lines: Ended['lines'][number][] = [];
  let stderr = '';
  child.stderr.on('data', (data) => (stderr += String(data)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const read = JSON.parse(line) as Ended['lines'][number];
    lines.push(read);
    if (read.progress) look(read.progress, child);
  });
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, lines, stderr });
    }),
  );
}

const settings = JSON.stringify({
  ...{ epochs: 6, batchSize: 8, accumulate: 2, learningRate: 3e-3, headLearningRate: 1e-2, erase: 0.1, dropout: 0.1 },
});
const options = { settings, 'no-head': '', 'checkpoint-seconds': '0' };
const modelOf = (store: string) => readFileSync(join(folder, store, 'tuned/onnx/model.onnx'));
const stepOf = (progress: FineTuningProgress) => (progress.stage === 'train' ? progress.step : 0);

describe('fine-tuning in a process', () => {
  it('puts an encoder into the store that has learnt, with lineage and card', async () => {
    const { code, lines, stderr } = await fineTune('whole', options);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const steps = lines.flatMap(({ progress }) => (progress?.stage === 'train' ? [progress] : []));
    // 216 examples: 27 batches, 14 steps an epoch.
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 84 }, (_, i) => i + 1));
    expect(steps[83].measured?.heldOut?.accuracy).toBeGreaterThan(0.9);
    expect(readdirSync(join(folder, 'whole'))).toEqual(['tuned']);
    expect(readdirSync(join(folder, 'whole/tuned')).sort()).toEqual(
      expect.arrayContaining(['README.md', 'config.json', 'golden.json', 'lineage.json', 'onnx', 'tokenizer.json']),
    );
    const lineage = JSON.parse(readFileSync(join(folder, 'whole/tuned/lineage.json'), 'utf8'));
    expect(lineage).toMatchObject({
      parent: { id: 'encoder', revision: expect.stringMatching(/^[0-9a-f]{64}$/) },
      data: { examples: 240, trainExamples: 216, heldOutExamples: 24, classes: 3 },
      steps: 84,
    });
    expect(modelOf('whole')).not.toEqual(readFileSync(join(source, 'onnx/model.onnx')));
  });

  it('killed twice in the middle and run again, ends with the same weights bit for bit', async () => {
    for (const at of [17, 45]) {
      const killed = await fineTune('killed', options, (progress, child) => {
        if (stepOf(progress) === at) child.kill('SIGKILL');
      });
      expect(killed.signal).toBe('SIGKILL');
      expect(readdirSync(join(folder, 'killed'))).not.toContain('tuned');
    }
    const { code, lines, stderr } = await fineTune('killed', options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const first = lines.find(({ progress }) => progress?.stage === 'train')?.progress;
    expect(stepOf(first!)).toBeGreaterThan(44);
    expect(modelOf('killed').equals(modelOf('whole'))).toBe(true);
    expect(readdirSync(join(folder, 'killed'))).toEqual(['tuned']);
  });

  it('interrupted, keeps a checkpoint of its last step and goes on from there', async () => {
    const rare = { ...options, 'checkpoint-seconds': '1000' };
    const interrupted = await fineTune('interrupted', rare, (progress, child) => {
      if (stepOf(progress) === 20) child.kill('SIGINT');
    });
    expect(interrupted.code).toBe(1);
    expect(interrupted.stderr).toContain('Interrupted');
    const { code, lines } = await fineTune('interrupted', rare);
    expect(code).toBe(0);
    const first = lines.find(({ progress }) => progress?.stage === 'train')?.progress;
    expect(stepOf(first!)).toBeGreaterThan(20);
    expect(modelOf('interrupted').equals(modelOf('whole'))).toBe(true);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a setting that makes no sense', { settings: '{"epochs":0}' }, /settings\.epochs: epochs is 0/],
    ['more layers than there are', { settings: '{"scope":{"kind":"last","layers":9}}' }, /source: .*has 2/],
    ['an encoder that is not there', { source: 'nowhere' }, /source: There is no folder/],
    ['an id that is none', { output: '../x' }, /output: /],
    ['an id that is taken', { output: 'tuned' }, /output: There is a model "tuned"/],
    [
      'a learning rate that ends in NaN',
      {
        settings:
          '{"learningRate":1,"maxNorm":0,"headLearningRate":1,"warmUp":0,"epochs":200,"weightDecay":10,"patience":0}',
      },
      /settings\.learningRate: .*stopped/,
    ],
  ])('refuses %s', async (_, change, message) => {
    const { code, stderr } = await fineTune('whole', { ...options, output: 'other', ...change });
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(readdirSync(join(folder, 'whole')).filter((name) => !name.startsWith('.finetune'))).toEqual(['tuned']);
  });
});
