import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCard, type CardFacts } from './model-card.js';
import { describeProcessor, readProcessor } from './processor.js';

const facts: CardFacts = {
  settings: {
    output: 'small',
    precision: 'int8',
    reduceRange: false,
    minCosine: 0.99,
    maxAccuracyLoss: 0.005,
    seed: 42,
  },
  source: { id: 'large', pooling: 'mean' },
  revision: 'ab'.repeat(32),
  sourceCard: undefined,
  method: '24 products in int8',
  figures: {
    cosine: { mean: 0.99876, min: 0.98765, texts: 5000 },
    probe: { float32: 0.9123, variant: 0.9101, float32HeadOnVariant: 0.9055, trainTexts: 3000, testTexts: 2000 },
  },
  bytes: { before: 90_400_000, after: 23_600_000 },
  speed: { float32: 230, variant: 688 },
  processor: { name: 'A processor', int8Instructions: ['AVX512-VNNI'] },
  tolerance: 0.0016,
};

describe('the card of a variant', () => {
  it('tells every figure, what was needed, and where it was measured', () => {
    const card = writeCard(facts);
    const told = ['large', 'ab'.repeat(32), '0.99876', '0.98765', 'at least 0.99', '91.23 %', '91.01 %', '90.55 %'];
    for (const figure of [
      ...told,
      '0.50 points',
      '688',
      '230',
      '23.6 MB',
      '90.4 MB',
      'A processor (AVX512-VNNI)',
      '0.0016',
    ])
      expect(card).toContain(figure);
    expect(card).toContain('names no licence');
    expect(card).not.toContain('README.source.md');
  });

  it("takes the licence and the language from the head of the original's card, and nothing else", () => {
    const sourceCard =
      '---\r\nlicense: apache-2.0\r\ntags:\r\n  - bert\r\nlanguage:\r\n  - en\r\n  - de\r\nbase_model: other\r\n---\r\n# Large\r\nlicense: none\r\n';
    const card = writeCard({ ...facts, sourceCard });
    expect(card.split('\n').slice(0, 9)).toEqual([
      '---',
      'base_model: "large"',
      'base_model_relation: quantized',
      'license: apache-2.0',
      'language:',
      '  - en',
      '  - de',
      '---',
      '',
    ]);
    expect(card).toContain('Licence: apache-2.0');
    expect(card).toContain('README.source.md');
  });

  it('says what was not measured', () => {
    const card = writeCard({ ...facts, figures: { ...facts.figures, probe: undefined } });
    expect(card).toContain('| probe | not measured |');
    expect(card).not.toContain('Probes:');
  });
});

describe('the processor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-cpuinfo-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const told = (cpuinfo: string) => {
    const file = join(folder, 'cpuinfo');
    writeFileSync(file, cpuinfo);
    return readProcessor(file).int8Instructions;
  };

  it('is read from where Linux lists its instructions', () => {
    expect(told('processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni amx_int8\n\nflags\t: fpu\n')).toEqual([
      'AVX512-VNNI',
      'AMX-INT8',
    ]);
    expect(told('flags\t\t: fpu avx2 avx512f\n')).toEqual([]);
    expect(told('Features\t: fp asimd asimddp\n')).toEqual(['ARM dot product']);
  });

  it('is said to be unknown, or without VNNI, where it is', () => {
    expect(describeProcessor({ name: 'P', int8Instructions: undefined })).toContain('not known');
    expect(describeProcessor({ name: 'P', int8Instructions: [] })).toBe('P (without VNNI)');
  });
});
