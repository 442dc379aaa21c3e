import { Random } from '@cairn/numerics';
import { PairBatches, special, type PairBatchSettings } from './pair-batches.js';
import type { TrainingTexts } from './prepare.js';

/** Pairs of two sources, text i of which is the token 10 + i twice; then a group of three questions and a hard negative. */
function madeUp(): TrainingTexts {
  const pairs = 200;
  const texts = 2 * pairs + 4;
  return {
    ids: Uint16Array.from({ length: 2 * texts }, (_, i) => 10 + (i >> 1)),
    starts: Uint32Array.from({ length: texts + 1 }, (_, i) => 2 * i),
    hashes: Uint32Array.from({ length: texts }, (_, i) => i),
    sources: [
      { name: 'p:docs_questions', from: 0, to: 100 },
      { name: 'n:openstax', from: 100, to: 200 },
    ],
    groups: [{ questions: [400, 401, 402], hardNegatives: [403] }],
    counts: { evaluationTexts: 0, equal: 0, near: 0, pairs: {}, groups: 1, tokens: 2 * texts },
  };
}

const settings: PairBatchSettings = {
  ...{ pairs: 16, block: 8, maxTokens: [8], erase: 0, paraphrases: 0, similar: 0 },
};

describe('PairBatches', () => {
  it('gives the same batch for the same random numbers', () => {
    const batches = new PairBatches(madeUp(), settings);
    expect(batches.batch(new Random(1))).toEqual(batches.batch(new Random(1)));
    expect(batches.batch(new Random(1))).not.toEqual(batches.batch(new Random(2)));
  });

  it('makes each text the target of its partner, between [CLS] and [SEP]', () => {
    const { padded, targets } = new PairBatches(madeUp(), settings).batch(new Random(1));
    expect(padded.batch).toBe(32);
    const values = targets.targets.values as Float32Array;
    for (let i = 0; i < 32; i++) {
      const partner = (i + 16) % 32;
      expect(values[i * 32 + partner]).toBeCloseTo(1 / 32, 6);
      const row = padded.inputIds.subarray(i * padded.seq, (i + 1) * padded.seq);
      expect([Number(row[0]), Number(row[3])]).toEqual([special.cls, special.sep]);
      // Texts 2 p and 2 p + 1 are a pair.
      const text = (r: number) => Number(padded.inputIds[r * padded.seq + 1]) - 10;
      expect(text(i) ^ 1).toBe(text(partner));
    }
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
  });

  it('does not take texts of one group, or the same text twice, for different ones', () => {
    const batches = new PairBatches(madeUp(), { ...settings, pairs: 4, block: 4, paraphrases: 1 });
    const { padded, targets } = batches.batch(new Random(3));
    // Four times the one group: pairs and its hard negative each time.
    expect(padded.batch).toBe(12);
    const candidates = targets.candidates.values as Float32Array;
    const wanted = targets.targets.values as Float32Array;
    const isQuestion = (row: number) => row < 8;
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < 12; j++) {
        const isCompared = candidates[i * 12 + j] === 0;
        expect(isCompared).toBe(isQuestion(j) ? wanted[i * 12 + j] > 0 : true);
      }
  });

  it('makes a share of the pairs two views of one text', () => {
    const batches = new PairBatches(madeUp(), {
      ...settings,
      pairs: 100,
      block: 10,
      paraphrases: 0.2,
      dropoutViews: 0.3,
    });
    const { padded, targets } = batches.batch(new Random(5));
    const rows = padded.batch;
    const first = (row: number) => padded.inputIds[row * padded.seq + 1];
    let views = 0;
    for (let i = 0; i < 100; i++) {
      if (first(i) !== first(i + 100)) continue;
      views++;
      // Though they read the same, each belongs to the other.
      expect((targets.targets.values as Float32Array)[i * rows + i + 100]).toBeCloseTo(1 / 200, 7);
      expect((targets.candidates.values as Float32Array)[i * rows + i + 100]).toBe(0);
    }
    expect(views).toBeGreaterThan(15);
    expect(views).toBeLessThan(45);
  });
});
