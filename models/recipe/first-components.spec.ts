import { firstComponents, remembered } from './first-components.js';

const vectors = (texts: readonly string[]) =>
  Promise.resolve(Float32Array.from(texts.flatMap((text) => [text.length, 0.5, -text.length])));

describe('firstComponents', () => {
  it('are the first ones, of unit length', async () => {
    const cut = await firstComponents(vectors, 3, 2)(['a', 'abc']);
    [1, 0.5, 3, 0.5].forEach((value, at) => expect(cut[at]).toBeCloseTo(value / Math.hypot(at < 2 ? 1 : 3, 0.5), 6));
  });

  it('leave texts without any at 0', async () => {
    expect([...(await firstComponents(() => Promise.resolve(Float32Array.of(0, 0, 1)), 3, 2)(['a']))]).toEqual([0, 0]);
  });
});

describe('remembered', () => {
  it('asks once, and gives each a copy of its own', async () => {
    let asked = 0;
    const embed = remembered((texts) => (asked++, vectors(texts)));
    (await embed(['a', 'bc'])).fill(9);
    expect(await embed(['a', 'bc'])).toEqual(await vectors(['a', 'bc']));
    expect(asked).toBe(1);
    expect(await embed(['a bc'])).toHaveLength(3);
    expect(asked).toBe(2);
  });
});
