import { Random } from '@cairn/numerics';
import { changesBetween, matchClusters, type RunOverlap } from './align-clusters.js';

/** Two runs from the cluster of each question in each; undefined: the run did not see it. */
function runs(previous: readonly (number | undefined)[], current: readonly (number | undefined)[]): RunOverlap {
  const counts = new Map<string, number>();
  const sizes = [new Map<number, number>(), new Map<number, number>()];
  previous.forEach((before, question) => {
    const now = current[question];
    if (before !== undefined) sizes[0].set(before, (sizes[0].get(before) ?? 0) + 1);
    if (now !== undefined) sizes[1].set(now, (sizes[1].get(now) ?? 0) + 1);
    if (before !== undefined && now !== undefined)
      counts.set(`${before} ${now}`, (counts.get(`${before} ${now}`) ?? 0) + 1);
  });
  const overlaps = [...counts].map(([key, shared]) => {
    const [before, now] = key.split(' ').map(Number);
    return { previous: before, current: now, shared };
  });
  return { overlaps, previousSizes: sizes[0], currentSizes: sizes[1] };
}

const of = (index: number, count: number) => Array.from({ length: count }, () => index);
const unseen = (count: number) => Array.from({ length: count }, () => undefined);
const changes = (both: RunOverlap) => changesBetween(both, matchClusters(both));
const kinds = (both: RunOverlap) =>
  changes(both).map(({ kind, previous = '', current = '' }) => `${kind} ${previous}>${current}`);

describe('matchClusters', () => {
  it('finds every cluster again under any numbering', () => {
    const random = new Random(7);
    const before = Array.from({ length: 400 }, () => random.below(20));
    const renumbered = random.shuffle(Int32Array.from({ length: 20 }, (_, index) => index));
    const both = runs(
      before,
      before.map((cluster) => renumbered[cluster]),
    );
    for (const { previous, current, overlap } of matchClusters(both)) {
      expect(renumbered[previous]).toBe(current);
      expect(overlap).toBe(1);
    }
    expect(matchClusters(both)).toHaveLength(20);
  });

  it('makes the pairs whose overlaps sum to the most, not the best pair first', () => {
    // 0 is most like 0, but then 1 would go without: 0.5 + 0 against 0.48 + 0.47.
    const both = {
      overlaps: [
        { previous: 0, current: 0, shared: 50 },
        { previous: 0, current: 1, shared: 40 },
        { previous: 1, current: 0, shared: 45 },
      ],
      previousSizes: new Map([
        [0, 90],
        [1, 45],
      ]),
      currentSizes: new Map([
        [0, 95],
        [1, 40],
      ]),
    };
    expect(matchClusters(both).map(({ previous, current }) => [previous, current])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('never pairs noise, nor what only a few old questions connect', () => {
    expect(matchClusters(runs(of(-1, 10), of(-1, 10)))).toEqual([]);
    // One old question among twenty new ones says little of a cluster.
    expect(matchClusters(runs([0, ...unseen(20)], of(0, 21)))).toEqual([]);
  });
});

describe('changesBetween', () => {
  it('says continued of a cluster that has grown', () => {
    expect(kinds(runs([...of(0, 10), ...unseen(15)], of(0, 25)))).toEqual(['continued 0>0']);
  });

  it('tells a split from a birth and a merger from a death', () => {
    const before = [...of(0, 20), ...of(1, 11), ...of(2, 10), ...of(3, 6), ...unseen(8)];
    const now = [...of(0, 13), ...of(1, 7), ...of(2, 21), ...unseen(6), ...of(3, 8)];
    expect(kinds(runs(before, now))).toEqual([
      'continued 0>0',
      'continued 1>2',
      'split 0>1',
      'born >3',
      'merged 2>2',
      'died 3>',
    ]);
  });

  it('names a cluster that falls into thirds by its parts, and calls it merged into none', () => {
    const before = of(0, 30);
    const now = [...of(0, 10), ...of(1, 10), ...of(2, 10)];
    const found = kinds(runs(before, now));
    expect(found.filter((kind) => kind.startsWith('split') || kind.startsWith('continued'))).toHaveLength(3);
  });

  it('mentions every cluster of both runs', () => {
    const random = new Random(3);
    for (let round = 0; round < 50; round++) {
      const draw = () => (random.below(10) === 0 ? undefined : random.below(8) - 1);
      const before = Array.from({ length: 60 }, draw);
      const both = runs(before, Array.from({ length: 60 }, draw));
      const said = changes(both);
      const ended = said.filter(({ kind }) => kind !== 'born' && kind !== 'split').map(({ previous }) => previous);
      const present = said.filter(({ kind }) => kind !== 'died' && kind !== 'merged').map(({ current }) => current);
      expect(ended.sort()).toEqual([...both.previousSizes.keys()].filter((index) => index >= 0).sort());
      expect(present.sort()).toEqual([...both.currentSizes.keys()].filter((index) => index >= 0).sort());
    }
  });
});
