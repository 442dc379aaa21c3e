import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@cairn/numerics';
import { defaultAdamW } from './adamw.js';
import { BrokenFile, readArrayFile, writeArrayFile } from './checkpoint-file.js';
import { Checkpoints, type TrainingState } from './checkpoints.js';
import { Optimizer } from './optimizer.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'checkpoints-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string) => join(folder, name);

function optimizerAt(steps: number): Optimizer {
  const values = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i));
  const optimizer = new Optimizer(
    [
      { name: 'w', dims: [3, 4], values: values(12), decays: true, rateScale: 1, gradient: 'dense' },
      { name: 'e', dims: [9, 2], values: values(18), decays: false, rateScale: 1, gradient: 'rows' },
    ],
    defaultAdamW,
    1,
  );
  for (let i = 0; i < steps; i++) advance(optimizer);
  return optimizer;
}

function advance(optimizer: Optimizer): void {
  const random = new Random(optimizer.steps);
  const noise = (length: number) => Float32Array.from({ length }, () => random.normal());
  optimizer.accumulate(
    new Map([
      ['w', { dense: noise(12) }],
      ['e', { rows: noise(6), ids: [random.below(9), 3, random.below(9)] }],
    ]),
  );
  optimizer.step(1e-2);
}

const stateAt = (step: number, bestStep?: number): TrainingState => ({
  fingerprint: 'f',
  seed: 3,
  step,
  epoch: 1,
  batch: step,
  earlyStopping: { best: 0.25, since: 1 },
  bestStep,
  history: [{ step, epoch: 1, trainLoss: 0.5 }],
  since: { loss: 1, steps: 2 },
  seconds: 3,
});
const everything = (optimizer: Optimizer) =>
  JSON.stringify([
    optimizer.steps,
    optimizer.parameters.map(({ values }) => [...values]),
    optimizer.moments().map(({ mean, square }) => [[...mean], [...square]]),
  ]);

describe('array files', () => {
  it('gives back what was written, bit for bit, and leaves no draft', () => {
    const values = Float32Array.of(1.1, -0, Infinity, 1e-45, NaN);
    writeArrayFile(file('a'), { deep: [1, { x: 'é' }] }, [
      ['values', values],
      ['none', new Float32Array()],
    ]);
    const { header, arrays } = readArrayFile(file('a'));
    expect(header).toEqual({ deep: [1, { x: 'é' }] });
    expect(Buffer.from(arrays.get('values')!.buffer)).toEqual(Buffer.from(values.buffer));
    expect(arrays.get('none')).toHaveLength(0);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('notices any byte that changed, and any that is missing', () => {
    writeArrayFile(file('a'), { x: 1 }, [['values', Float32Array.of(1, 2, 3)]]);
    const whole = readFileSync(file('a'));
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] ^= 4;
      writeFileSync(file('b'), bytes);
      expect(() => readArrayFile(file('b'))).toThrow(BrokenFile);
      writeFileSync(file('b'), whole.subarray(0, at));
      expect(() => readArrayFile(file('b'))).toThrow(BrokenFile);
    }
    writeFileSync(file('b'), Buffer.concat([whole, Buffer.alloc(1)]));
    expect(() => readArrayFile(file('b'))).toThrow(BrokenFile);
  });
});

describe('Checkpoints', () => {
  it('goes on from the newest one as if nothing had happened', () => {
    const whole = optimizerAt(9);
    const optimizer = optimizerAt(4);
    const checkpoints = new Checkpoints(folder, 'f');
    checkpoints.save(stateAt(4), optimizer);
    const resumed = optimizerAt(0);
    expect(new Checkpoints(folder, 'f').restore(resumed)).toEqual({
      ...{ state: stateAt(4), skipped: [] },
      arrays: expect.any(Map) as Map<string, Float32Array>,
    });
    expect(everything(resumed)).toBe(everything(optimizer));
    for (let i = 0; i < 5; i++) advance(resumed);
    expect(everything(resumed)).toBe(everything(whole));
  });

  it('keeps two, and the best parameters that they speak of', () => {
    const checkpoints = new Checkpoints(folder, 'f');
    const optimizer = optimizerAt(0);
    for (const [step, best] of [
      [1, 1],
      [2, 1],
      [3, 3],
      [4, 3],
      [5, 3],
    ]) {
      advance(optimizer);
      if (best === step) checkpoints.saveBest(step, optimizer);
      checkpoints.save(stateAt(step, best), optimizer);
      if (step === 3)
        expect(readdirSync(folder).sort()).toEqual([
          'best-000000001.parameters',
          'best-000000003.parameters',
          'step-000000002.checkpoint',
          'step-000000003.checkpoint',
        ]);
    }
    expect(readdirSync(folder).sort()).toEqual([
      'best-000000003.parameters',
      'step-000000004.checkpoint',
      'step-000000005.checkpoint',
    ]);
    checkpoints.restoreBest(3, optimizer);
    expect([...optimizer.parameters[0].values]).toEqual([...optimizerAt(3).parameters[0].values]);
  });

  it('passes over broken ones, also where only the best parameters are broken', () => {
    const checkpoints = new Checkpoints(folder, 'f');
    const optimizer = optimizerAt(1);
    checkpoints.save(stateAt(1), optimizer);
    advance(optimizer);
    checkpoints.saveBest(2, optimizer);
    checkpoints.save(stateAt(2, 2), optimizer);
    truncateSync(file('best-000000002.parameters'), 50);
    const resumed = optimizerAt(0);
    expect(checkpoints.restore(resumed)).toEqual({
      ...{ state: stateAt(1), skipped: ['step-000000002.checkpoint'] },
      arrays: expect.any(Map) as Map<string, Float32Array>,
    });
    expect(everything(resumed)).toBe(everything(optimizerAt(1)));

    truncateSync(file('step-000000001.checkpoint'), 50);
    const fresh = optimizerAt(0);
    expect(checkpoints.restore(fresh)).toBeUndefined();
    expect(everything(fresh)).toBe(everything(optimizerAt(0)));
  });

  it('does not go on from the checkpoint of another training', () => {
    new Checkpoints(folder, 'f').save(stateAt(1), optimizerAt(1));
    expect(() => new Checkpoints(folder, 'g').restore(optimizerAt(0))).toThrow(/another training/);
  });
});
