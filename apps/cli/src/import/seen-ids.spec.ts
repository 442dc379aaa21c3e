import { SeenIds } from './seen-ids.js';

describe('SeenIds', () => {
  it('tells new ids from seen ones while it grows', () => {
    const seen = new SeenIds();
    const ids = Array.from({ length: 5000 }, (_, i) => `id ${i}`);
    expect(ids.map((id) => seen.add(id))).not.toContain(true);
    expect(ids.map((id) => seen.add(id))).not.toContain(false);
  });
});
