import fc from 'fast-check';
import { cutPassages, mostPassages, passageInContext } from './cut-passages.js';

const long = 'This sentence is one of the many that are here. ';

describe('cutPassages', () => {
  it('takes paragraphs, lists, tables and quotes as they stand, and leaves out code', () => {
    const body = [
      'Masks forbid **some** attention.\nTwo kinds are usual.',
      '1. Padding is hidden.\n2. The future is hidden.',
      '```text\nids 101 2054\n\nmask 1 1\n```',
      '| Tokens | Scores |\n|---|---|\n| 512 | 262,144 |',
      '    indented code\n',
      '> A quoted remark of somebody.',
    ].join('\n\n');
    expect(cutPassages(body)).toEqual([
      'Masks forbid **some** attention.\nTwo kinds are usual.',
      '1. Padding is hidden.\n2. The future is hidden.',
      '| Tokens | Scores |\n|---|---|\n| 512 | 262,144 |',
      '> A quoted remark of somebody.',
    ]);
  });

  it('leaves out code inside a list', () => {
    expect(cutPassages('- Stop the service first:\n\n  ```sh\n  stop it\n  ```\n- Then start it again.')).toEqual([
      '- Stop the service first:\n- Then start it again.',
    ]);
  });

  it('joins headings and tiny paragraphs with what follows', () => {
    expect(
      cutPassages('## Refunds\n\n### How\n\nAsk for one in the application.\n\nYes.\n\nIt takes five days.'),
    ).toEqual(['## Refunds\n### How\nAsk for one in the application.', 'Yes.\nIt takes five days.']);
    // At the end there is nothing to join them with.
    expect(cutPassages('It takes five working days.\n\nBye.')).toEqual(['It takes five working days.']);
  });

  it('keeps what little there is: a short answer, code alone, a heading alone; nothing of nothing', () => {
    expect(cutPassages('Yes.')).toEqual(['Yes.']);
    expect(cutPassages('```sh\nnpm start\n```')).toEqual(['```sh\nnpm start\n```']);
    expect(cutPassages('# Ask us')).toEqual(['# Ask us']);
    expect(cutPassages(' \n\t\n')).toEqual([]);
  });

  it('cuts what is long at the ends of sentences, and endless words anywhere', () => {
    const passages = cutPassages(long.repeat(40));
    expect(passages).toHaveLength(3);
    for (const passage of passages) expect(passage).toMatch(/^This .* here\.$/);
    expect(cutPassages('x'.repeat(2_000)).map((passage) => passage.length)).toEqual([800, 800, 400]);
    expect(cutPassages('😀'.repeat(600)).join('')).toBe('😀'.repeat(600));
  });

  it('stops after 32', () => {
    expect(
      cutPassages(Array.from({ length: 100 }, (_, n) => `Paragraph number ${n} of many.`).join('\n\n')),
    ).toHaveLength(mostPassages);
  });

  it('gives 1 to 32 passages of at most 800 characters for whatever is not blank, all of it from the text', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.constantFrom(
        '',
        '# A heading',
        '- an item',
        '```',
        '    code',
        '| a | b |',
        '|---|---|',
        '> quoted',
        long.repeat(30),
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const body = lines.join('\n');
        const passages = cutPassages(body);
        expect(passages.length).toBeLessThanOrEqual(mostPassages);
        expect(passages.length > 0).toBe(body.trim() !== '');
        for (const passage of passages) {
          expect(passage.length).toBeLessThanOrEqual(800);
          for (const part of passage.split('\n')) expect(body).toContain(part.trim());
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('takes a text of hostile length in one pass', () => {
    const texts = [' '.repeat(200_000) + 'x', '# a\n'.repeat(50_000), '. '.repeat(100_000), '*'.repeat(200_000)];
    for (const text of texts) expect(cutPassages(text).length).toBeGreaterThan(0);
  });
});

describe('passageInContext', () => {
  it('puts the question in front, of a very long one its beginning', () => {
    expect(passageInContext('What is it?', 'It is this.')).toBe('What is it? It is this.');
    expect(passageInContext('w'.repeat(5_000), 'It is this.')).toBe(`${'w'.repeat(300)} It is this.`);
  });
});
