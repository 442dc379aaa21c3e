import { Random } from '@cairn/numerics';
import { calibrate, calibrationError, fitTemperature, meanLogLoss } from './calibration.js';
import { softmax } from './softmax-head.js';

/** Logits whose labels are drawn from the softmax at `temperature`: that is the right one. */
function drawn(count: number, temperature: number, seed: number) {
  const random = new Random(seed);
  const logits = Array.from({ length: count }, () => Float64Array.from({ length: 4 }, () => 3 * random.normal()));
  const labels = logits.map((row) => random.weighted(softmax(row, temperature)));
  return { logits, labels };
}

describe('fitTemperature', () => {
  it.each([0.5, 1, 2.5])('finds the temperature %d that labels were drawn with', (temperature) => {
    const { logits, labels } = drawn(4000, temperature, 11);
    expect(fitTemperature(logits, labels) / temperature).toBeCloseTo(1, 1);
  });

  it('is 1 without examples, and stays near 1 with three right ones', () => {
    expect(fitTemperature([], [])).toBe(1);
    const sure = [0, 1, 2].map((c) => Float64Array.from({ length: 3 }, (_, i) => (i === c ? 4 : 0)));
    const temperature = fitTemperature(sure, [0, 1, 2]);
    expect(temperature).toBeGreaterThan(0.8);
    expect(temperature).toBeLessThan(1);
  });
});

describe('calibrate', () => {
  it('takes the temperature of the labels, and figures from fits without each example', () => {
    const { logits, labels } = drawn(2000, 2.5, 3);
    const { temperature, crossFitted } = calibrate(logits, labels);
    expect(temperature).toBe(fitTemperature(logits, labels));
    expect(new Set(crossFitted).size).toBe(5);
    crossFitted.forEach((one) => expect(Math.abs(Math.log(one / temperature))).toBeLessThan(0.1));
    // The loss of the temperature that has seen the examples is lower: that is what figures must not show.
    expect(meanLogLoss(logits, labels, temperature)).toBeLessThan(meanLogLoss(logits, labels, crossFitted));
  });

  it('never raises the log loss of examples it has not seen', () => {
    for (let seed = 0; seed < 40; seed++) {
      const { logits, labels } = drawn(12, 1, seed);
      const { temperature, crossFitted } = calibrate(logits, labels);
      expect(meanLogLoss(logits, labels, crossFitted)).toBeLessThanOrEqual(meanLogLoss(logits, labels, 1));
      expect(temperature === 1).toBe(crossFitted.every((one) => one === 1));
    }
    expect(calibrate([], []).temperature).toBe(1);
  });
});

describe('calibrationError', () => {
  it('falls when overconfident logits get their temperature', () => {
    const { logits, labels } = drawn(4000, 3, 5);
    const before = calibrationError(logits, labels, 1);
    const after = calibrationError(logits, labels, fitTemperature(logits, labels));
    expect(before).toBeGreaterThan(0.15);
    expect(after).toBeLessThan(0.03);
  });

  it('is the gap between confidence and accuracy', () => {
    const logits = Array.from({ length: 10 }, () => Float64Array.of(Math.log(0.8), Math.log(0.2)));
    expect(calibrationError(logits, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1], 1)).toBeCloseTo(0.2, 10);
  });
});

describe('meanLogLoss', () => {
  it('is the mean of -log p(label)', () => {
    const logits = [Float64Array.of(Math.log(0.7), Math.log(0.3)), Float64Array.of(Math.log(0.4), Math.log(0.6))];
    expect(meanLogLoss(logits, [0, 0], 1)).toBeCloseTo(-(Math.log(0.7) + Math.log(0.4)) / 2, 10);
  });
});
