import { indexFrom, planIndex, type IndexSituation } from './hnsw-index.js';

const situation = (given: Partial<IndexSituation>): IndexSituation => ({
  kind: 'postgres',
  dimension: 256,
  present: 0,
  missing: 0,
  indexed: false,
  ...given,
});
const nothing = { dropFirst: false, buildAfter: false };

describe('planIndex', () => {
  it.each(['postgres', 'embedded'] as const)('builds once there are enough vectors (%s)', (kind) => {
    const enough = indexFrom[kind];
    expect(planIndex(situation({ kind, missing: enough - 1 }))).toEqual(nothing);
    expect(planIndex(situation({ kind, missing: enough }))).toEqual({ dropFirst: false, buildAfter: true });
  });

  it('inserts a few vectors into the index, and drops it before many', () => {
    const indexed = situation({ indexed: true, present: 10_000 });
    expect(planIndex({ ...indexed, missing: 2_000 })).toEqual(nothing);
    expect(planIndex({ ...indexed, missing: 2_001 })).toEqual({ dropFirst: true, buildAfter: true });
  });

  it('builds the index that a killed job dropped, also when nothing is missing', () => {
    expect(planIndex(situation({ present: 10_000 }))).toEqual({ dropFirst: false, buildAfter: true });
  });

  it('leaves vectors alone that are too long for pgvector to index', () => {
    expect(planIndex(situation({ present: 10_000, dimension: 2_001 }))).toEqual(nothing);
  });
});
