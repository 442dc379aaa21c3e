import { anyOf } from './rare-words.js';

const statistics = {
  rows: 1_000_000,
  shares: new Map([
    ['card', 0.05],
    ['lost', 0.001],
    ["o'clock", 0.2],
  ]),
};

describe('anyOf', () => {
  it('leaves common words out while rarer ones are there', () => {
    expect(anyOf("'card' & 'lost' & 'passcod'", statistics, 2_000)).toBe("'passcod' | 'lost'");
    expect(anyOf("'card' & 'o''clock'", statistics, 2_000)).toBe("'card'");
    expect(anyOf("'card'", statistics, 2_000)).toBe("'card'");
  });
  it('counts a phrase by its rarest word', () => {
    expect(anyOf("'lost' <-> 'card' & 'o''clock'", statistics, 2_000)).toBe("'lost' <-> 'card'");
  });
  it('keeps every word of a small table', () => {
    expect(anyOf("'card' & 'lost'", { ...statistics, rows: 1_000 }, 2_000)).toBe("'lost' | 'card'");
    expect(anyOf("'card' & 'lost'", { rows: 0, shares: new Map() }, 2_000)).toBe("'card' | 'lost'");
  });
});
