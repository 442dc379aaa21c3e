import { judgeLogits } from './own-head.js';

const classes = ['a', 'b', 'c'];

describe('the head that a classifier brings with it', () => {
  it('one label a text: softmax', () => {
    const [first, second] = judgeLogits(new Float32Array([0, Math.log(3), 0, 5, 0, 0]), classes, false, 2);
    expect(first.classes.map(({ label }) => label)).toEqual(['b', 'a']);
    expect(first.classes[0].probability).toBeCloseTo(0.6, 6);
    expect(first.unknown).toBe(false);
    expect(second.classes[0].label).toBe('a');
  });

  it('several labels a text: sigmoid, which need not add up to 1', () => {
    const [both, none] = judgeLogits(new Float32Array([2, 3, -4, -1, -2, -3]), classes, true, 3);
    expect(both.classes.map(({ label }) => label)).toEqual(['b', 'a', 'c']);
    expect(both.classes[0].probability).toBeCloseTo(0.952574, 5);
    expect(both.classes[1].probability).toBeCloseTo(0.880797, 5);
    expect(both.unknown).toBe(false);
    expect(none.unknown).toBe(true);
  });
});
