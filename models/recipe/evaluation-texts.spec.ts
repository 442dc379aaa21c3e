import { Random } from '@cairn/numerics';
import { EvaluationTexts } from './evaluation-texts.js';

const words = 'why how my card lost fee bank pay sky'.split(' ');
const texts = (count: number, random: Random) =>
  Array.from({ length: count }, () =>
    Array.from({ length: 3 + random.below(7) }, () => words[random.below(words.length)]).join(' '),
  );

describe('EvaluationTexts', () => {
  it('knows a text whatever its case and marks', () => {
    const held = new EvaluationTexts(['What is a firewall?', 'How old are you']);
    expect(held.nearness('what is a FIREWALL')).toBe('equal');
    expect(held.nearness('What is a router?')).toBeUndefined();
  });

  it('finds the same near texts as a comparison with each', () => {
    const random = new Random(1);
    const held = texts(300, random);
    const index = new EvaluationTexts(held);
    const sets = held.map((text) => new Set(text.split(' '))).filter((_, i) => held[i].split(' ').length > 1);
    let near = 0;
    for (const text of texts(500, random)) {
      const own = new Set(text.split(' '));
      const overlaps = sets.some((other) => {
        const shared = [...own].filter((word) => other.has(word)).length;
        return shared >= 0.8 * (own.size + other.size - shared);
      });
      if (overlaps) near++;
      expect(index.nearness(text) !== undefined).toBe(overlaps);
    }
    expect(near).toBeGreaterThan(20);
  });

  it('takes words that no evaluation text has into account', () => {
    const held = new EvaluationTexts(['one two three four five']);
    expect(held.nearness('one two three four')).toBe('near');
    expect(held.nearness('one two three four five zebra')).toBe('near');
    expect(held.nearness('one two three four zebra giraffe')).toBeUndefined();
  });
});
