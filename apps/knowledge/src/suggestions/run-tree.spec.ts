import { cutTree, type Merge } from './run-tree.js';

// Clusters 0 to 3; 1 and 3 join at 0.2 (node 4), 0 and 4 at 0.5 (node 5), 2 and 5 at 0.9.
const sizes = [40, 30, 20, 10];
const merges: Merge[] = [
  [1, 3, 0.2, 40],
  [0, 4, 0.5, 80],
  [2, 5, 0.9, 100],
];
const groups = (cut: { groups?: number; height?: number }) =>
  cutTree(sizes, merges, cut).groups.map(({ clusterIndices }) => clusterIndices);

describe('cutTree', () => {
  it('cuts at a number of groups', () => {
    expect(groups({ groups: 4 })).toEqual([[0], [1], [2], [3]]);
    expect(cutTree(sizes, merges, { groups: 3 })).toEqual({
      height: 0.2,
      groups: [
        { clusterIndices: [0], size: 40, height: 0 },
        { clusterIndices: [1, 3], size: 40, height: 0.2 },
        { clusterIndices: [2], size: 20, height: 0 },
      ],
    });
    expect(groups({ groups: 1 })).toEqual([[0, 1, 2, 3]]);
  });

  it('cuts at a height, the merges at that height below it', () => {
    expect(groups({ height: 0.19 })).toHaveLength(4);
    expect(groups({ height: 0.5 })).toEqual([[0, 1, 3], [2]]);
    expect(groups({ height: 7 })).toHaveLength(1);
  });

  it('has no merges where nothing is said, and nothing to cut in an empty run', () => {
    expect(groups({})).toHaveLength(4);
    expect(cutTree([], [], {}).groups).toEqual([]);
  });

  it.each([
    ['groups', { groups: 0 }],
    ['groups', { groups: 5 }],
    ['height', { height: -1 }],
    ['height', { groups: 2, height: 1 }],
  ])('refuses %s of %j', (field, cut) => {
    expect(() => cutTree(sizes, merges, cut)).toThrow(expect.objectContaining({ details: { field } }) as Error);
  });
});
