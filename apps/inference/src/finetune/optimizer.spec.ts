import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@cairn/numerics';
import { defaultAdamW, type AdamWSettings } from './adamw.js';
import { Optimizer, type Gradient, type TrainedParameter } from './optimizer.js';

/** Made by spec/adamw_golden.py in float64. */
const golden = JSON.parse(readFileSync(join(__dirname, '../../spec/adamw.golden.json'), 'utf8')) as {
  settings: AdamWSettings & { maxNorm: number };
  rates: number[];
  start: Record<string, number[]>;
  gradients: Record<string, number[]>[];
  norms: number[];
  end: Record<string, number[]>;
  mean: Record<string, number[]>;
  square: Record<string, number[]>;
};

const dense = (name: string, values: Float32Array, decays = false): TrainedParameter => ({
  name,
  dims: [values.length],
  values,
  decays,
  rateScale: 1,
  gradient: 'dense',
});
const table = (values: Float32Array, columns: number): TrainedParameter => ({
  name: 'table',
  dims: [values.length / columns, columns],
  values,
  decays: false,
  rateScale: 1,
  gradient: 'rows',
});
const only = (name: string, gradient: Gradient) => new Map([[name, gradient]]);

/** Largest difference, relative to the larger of 1 and the golden value. */
function difference(values: ArrayLike<number>, expected: readonly number[]): number {
  return expected.reduce((most, e, i) => Math.max(most, Math.abs(values[i] - e) / Math.max(1, Math.abs(e))), 0);
}

function noise(length: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.normal());
}

describe('Optimizer', () => {
  it('takes 20 steps as the float64 reference does: decay, bias correction, clipping', () => {
    const weight = dense('weight', Float32Array.from(golden.start.weight), true);
    const bias = dense('bias', Float32Array.from(golden.start.bias));
    const optimizer = new Optimizer([weight, bias], golden.settings, golden.settings.maxNorm);
    golden.gradients.forEach((gradients, step) => {
      optimizer.accumulate(
        new Map(Object.entries(gradients).map(([name, values]) => [name, { dense: Float32Array.from(values) }])),
      );
      expect(Math.abs(optimizer.norm() - golden.norms[step])).toBeLessThan(1e-6);
      optimizer.step(golden.rates[step]);
    });
    for (const { name, values } of [weight, bias]) expect(difference(values, golden.end[name])).toBeLessThan(1e-6);
    for (const { name, mean, square } of optimizer.moments()) {
      expect(difference(mean, golden.mean[name])).toBeLessThan(1e-6);
      expect(difference(square, golden.square[name])).toBeLessThan(1e-6);
    }
  });

  it('sums rows of the same id first, and its first step is the dense one bit for bit', () => {
    const columns = 8;
    const start = noise(6 * columns, 1);
    const ids = [4n, 1n, 4n, 0n, 1n, 4n];
    const rows = noise(ids.length * columns, 2);
    const sums = new Float32Array(start.length);
    ids.forEach((id, i) => {
      for (let j = 0; j < columns; j++) sums[Number(id) * columns + j] += rows[i * columns + j];
    });
    const lazy = table(Float32Array.from(start), columns);
    const full = dense('table', Float32Array.from(start));
    for (const [parameter, gradient] of [
      [lazy, { rows, ids }],
      [full, { dense: sums }],
    ] as const) {
      const optimizer = new Optimizer([parameter], defaultAdamW, 1);
      optimizer.accumulate(only('table', gradient));
      expect(optimizer.norm()).toBeGreaterThan(1);
      optimizer.step(1e-3);
    }
    expect(lazy.values).toEqual(full.values);
    expect(lazy.values).not.toEqual(start);
  });

  it('leaves rows alone that were not read, or only by padding', () => {
    const start = noise(5 * 2, 3);
    const lazy = table(Float32Array.from(start), 2);
    const optimizer = new Optimizer([{ ...lazy, decays: true }], { ...defaultAdamW, weightDecay: 0.5 }, 0);
    for (let step = 0; step < 3; step++) {
      optimizer.accumulate(only('table', { rows: Float32Array.of(1, 2, 0, 0), ids: [3, 0] }));
      optimizer.step(0.01);
    }
    for (const row of [0, 1, 2, 4])
      expect(lazy.values.subarray(2 * row, 2 * row + 2)).toEqual(start.subarray(2 * row, 2 * row + 2));
    expect(lazy.values[6]).not.toBe(start[6]);
    expect(() => optimizer.accumulate(only('table', { rows: Float32Array.of(1, 2), ids: [5] }))).toThrow(/outside/);
  });

  it('gives for accumulated halves what the whole batch gives', () => {
    const start = noise(40, 4);
    const parts = [noise(40, 5), noise(40, 6)];
    const mean = Float32Array.from(start, (_, i) => 0.5 * parts[0][i] + 0.5 * parts[1][i]);
    const whole = dense('w', Float32Array.from(start), true);
    const halves = dense('w', Float32Array.from(start), true);
    const one = new Optimizer([whole], defaultAdamW, 1);
    const two = new Optimizer([halves], defaultAdamW, 1);
    for (let step = 0; step < 3; step++) {
      one.accumulate(only('w', { dense: mean }));
      one.step(1e-2);
      for (const part of parts) two.accumulate(only('w', { dense: part }), 0.5);
      two.step(1e-2);
    }
    expect(difference(halves.values, [...whole.values])).toBeLessThan(1e-6);
  });

  it('goes on from its moments bit for bit', () => {
    const run = (steps: number, optimizer: Optimizer) => {
      for (let i = 0; i < steps; i++) {
        optimizer.accumulate(only('w', { dense: noise(30, optimizer.steps) }));
        optimizer.step(1e-2);
      }
    };
    const whole = dense('w', noise(30, 9), true);
    run(7, new Optimizer([whole], defaultAdamW, 1));

    const interrupted = dense('w', noise(30, 9), true);
    const first = new Optimizer([interrupted], defaultAdamW, 1);
    run(3, first);
    const resumed = dense('w', Float32Array.from(interrupted.values), true);
    const second = new Optimizer([resumed], defaultAdamW, 1);
    second.restore(first.moments(), first.steps);
    run(4, second);
    expect(resumed.values).toEqual(whole.values);
  });

  it('tells of a norm that is no number, and refuses gradients that do not fit', () => {
    const optimizer = new Optimizer([dense('w', new Float32Array(3))], defaultAdamW, 1);
    optimizer.accumulate(only('w', { dense: Float32Array.of(1, NaN, 1) }));
    expect(optimizer.norm()).toBeNaN();
    expect(() => optimizer.accumulate(only('x', { dense: new Float32Array(3) }))).toThrow(/not trained/);
    expect(() => optimizer.accumulate(only('w', { dense: new Float32Array(4) }))).toThrow(/does not fit/);
  });
});
