import { fuseRanks as fuse, fuseWordsAndVectors } from './fuse-ranks.js';

const fuseRanks = (lists: string[][]) =>
  fuse(
    lists.map((ids) => ({ ids, weightAt: () => 1 })),
    60,
  );

describe('fuseRanks', () => {
  it('adds 1 / (60 + rank) over the lists', () => {
    const fused = fuseRanks([
      ['a', 'b', 'c'],
      ['b', 'd'],
    ]);
    expect(fused.map(({ id }) => id)).toEqual(['b', 'a', 'd', 'c']);
    expect(fused[0]).toEqual({ id: 'b', ranks: [2, 1], score: 1 / 62 + 1 / 61 });
    expect(fused[2]).toEqual({ id: 'd', ranks: [0, 2], score: 1 / 62 });
  });

  it('lets the later list decide where scores are equal', () => {
    const lists = [
      ['a', 'b'],
      ['b', 'a'],
    ];
    expect(fuseRanks(lists).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(fuseRanks([['a'], ['z']]).map(({ id }) => id)).toEqual(['z', 'a']);
  });

  it('keeps the order of a single list', () => {
    expect(fuseRanks([[], ['x', 'c', 'm']]).map(({ id }) => id)).toEqual(['x', 'c', 'm']);
    expect(fuseRanks([[], []])).toEqual([]);
  });

  it('counts nearness as much as every word, and some words a third of it', () => {
    const fused = fuseWordsAndVectors({ ids: ['a', 'b'], withEveryWord: 1 }, ['c', 'b']);
    expect(fused.map(({ id, score }) => [id, score])).toEqual([
      ['b', 1 / 7 + 3 / 7],
      ['c', 3 / 6],
      ['a', 3 / 6],
    ]);
  });
});
