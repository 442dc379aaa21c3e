import { SeenIds } from './seen-ids.js';

describe('SeenIds', () => {
  it('tells new ids from seen ones while it grows', () => {
    const seen = new SeenIds();
    const ids = Array.from({ length: 5000 }, (_, i) => `id ${i}`);
    expect(ids.map((id) => seen.add(id))).not.toContain(true);
    expect(ids.map((id) => seen.add(id))).not.toContain(false);
  });

  it('knows the last generation again, and forgets the ones before', () => {
    const seen = new SeenIds(1_000);
    for (let i = 0; i < 2_500; i++) expect(seen.add(`id ${i}`)).toBe(false);
    for (let i = 1_500; i < 2_500; i++) expect(seen.add(`id ${i}`)).toBe(true);
    expect(seen.add('id 0')).toBe(false);
  });
});
