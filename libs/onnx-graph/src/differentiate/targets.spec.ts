import { alikeTargets, classTargets, labelTargets, pairTargets, sameClassTargets } from './targets.js';

const rows = (values: Float32Array, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) =>
    [...values.subarray(i * width, (i + 1) * width)].map((value) => Number(value.toFixed(6))),
  );

describe('what losses are fed', () => {
  it('classes: shares that add up to one over all texts, by the weight of their classes', () => {
    expect(rows(classTargets([2, 0], 3), 3)).toEqual([
      [0, 0, 0.5],
      [0.5, 0, 0],
    ]);
    expect(rows(classTargets([2, 0], 3, { classWeights: [3, 1, 1] }), 3)).toEqual([
      [0, 0, 0.25],
      [0.75, 0, 0],
    ]);
    expect(rows(classTargets([1], 4, { smoothing: 0.2 }), 4)).toEqual([[0.05, 0.85, 0.05, 0.05]]);
    // Two batches of one text each, whose gradients are added up.
    expect(rows(classTargets([1], 2, { divisor: 2 }), 2)).toEqual([[0, 0.5]]);
    expect(rows(classTargets([1], 2, { classWeights: [1, 0] }), 2)).toEqual([[0, 0]]);
    expect(() => classTargets([0, 3], 3)).toThrow('Label 3 of text 1');
    expect(() => classTargets([-1], 3)).toThrow('Label -1');
  });

  it('labels: any number a text, each class by itself', () => {
    const { targets, weights } = labelTargets([[0, 2], []], 3, { classWeights: [1, 1, 4] });
    expect(rows(targets, 3)).toEqual([
      [1, 0, 1],
      [0, 0, 0],
    ]);
    expect(rows(weights, 3)[1]).toEqual([0.166667, 0.166667, 0.666667]);
    expect(() => labelTargets([[3]], 3)).toThrow('Label 3');
  });

  it('pairs: the first half compared with the second, or both ways', () => {
    const { targets, candidates } = pairTargets(2);
    expect(rows(targets, 4)).toEqual([
      [0, 0, 0.5, 0],
      [0, 0, 0, 0.5],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(rows(candidates, 4)[1]).toEqual([-1e9, -1e9, 0, 0]);
    const both = pairTargets(2, true);
    expect(rows(both.targets, 4)[3]).toEqual([0, 0.25, 0, 0]);
    expect(rows(both.candidates, 4)[3]).toEqual([0, 0, -1e9, -1e9]);
  });

  it('classes to hold together: all others of the class, and none with itself', () => {
    const { targets, candidates } = sameClassTargets([7, 8, 7, 7]);
    expect(rows(targets, 4)).toEqual([
      [0, 0, 0.166667, 0.166667],
      [0, 0, 0, 0],
      [0.166667, 0, 0, 0.166667],
      [0.166667, 0, 0.166667, 0],
    ]);
    expect(rows(candidates, 4)[2]).toEqual([0, 0, -1e9, 0]);
    expect([...sameClassTargets([1, 2]).targets]).toEqual([0, 0, 0, 0]);
  });

  it('texts that are alike without being of classes: each counts as much as any, shared among those like it', () => {
    // 0 is like 1 and 2, which are not like each other; 3 is like nobody.
    const near = [
      [0, 1],
      [0, 2],
    ];
    const areAlike = (i: number, j: number) => near.some(([a, b]) => (a === i && b === j) || (a === j && b === i));
    expect(rows(alikeTargets(4, areAlike).targets, 4)).toEqual([
      [0, 0.166667, 0.166667, 0],
      [0.333333, 0, 0, 0],
      [0.333333, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });
});
