import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkEnough, drawExamples, readExampleTexts } from './example-texts.js';

const folder = mkdtempSync(join(tmpdir(), 'cairn-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: string | Buffer, wantLabels = true) {
  const file = join(folder, 'examples.tsv');
  writeFileSync(file, content);
  return readExampleTexts(file, wantLabels);
}

describe('readExampleTexts', () => {
  const expected = { texts: ['say "hi"', 'why?', 'bye'], labels: Int32Array.of(0, 1, 0), classes: ['talk', 'think'] };

  it.each([
    ['without a header', 'say "hi"\ttalk\nwhy?\tthink\nbye\ttalk\n'],
    [
      'with one, a byte order mark, Windows line ends and empty lines',
      '\ufefftext\tlabel\r\nsay "hi"\ttalk\r\n\r\nwhy?\tthink\r\nbye\ttalk',
    ],
    [
      'with columns in another order, and more of them',
      'id\tTopic\tQuestion\n1\ttalk\tsay "hi"\n2\tthink\twhy?\n3\ttalk\tbye\n',
    ],
  ])('reads a table %s', (_, content) => {
    expect(read(content)).toEqual(expected);
  });

  it('reads texts alone where no labels are wanted', () => {
    expect(read('text\na\nb\tx\n', false)).toEqual({ texts: ['a', 'b'], labels: new Int32Array(0), classes: [] });
  });

  it.each<[string, string | Buffer, string]>([
    ['no label', 'text\tlabel\na\tx\n\nb\n', 'line 4 of'],
    ['an empty label', 'a\tx\nb\t \n', 'line 2 of'],
    ['no text', 'a\tx\n\tx\n', 'line 2 of'],
    ['a text that no encoder takes', `a\tx\n${'b'.repeat(40_000)}\tx\n`, 'has 40000 characters'],
    ['columns that nothing names', 'a\tx\ty\n', 'line 1 of'],
    ['bytes that are no text', Buffer.from([0x61, 0xff, 0x09, 0x78]), 'not UTF-8'],
  ])('says which line has %s', (_, content, message) => {
    expect(() => read(content)).toThrow(message);
    expect(() => read(content)).toThrow(/^--examples: /);
  });
});

describe('the choice of examples', () => {
  const labels = Int32Array.from({ length: 500 }, (_, i) => i % 5);
  const all = { texts: Array.from(labels, (_, i) => `text ${i}`), labels, classes: ['a', 'b', 'c', 'd', 'e'] };

  it('is the same for the same seed, keeps texts and labels together, and repeats none', () => {
    const drawn = drawExamples(all, 200, 7);
    expect(drawExamples(all, 200, 7)).toEqual(drawn);
    expect(drawExamples(all, 200, 8)).not.toEqual(drawn);
    expect(new Set(drawn.texts).size).toBe(200);
    drawn.texts.forEach((text, i) => expect(drawn.labels[i]).toBe(Number(text.slice(5)) % 5));
    expect(drawExamples(all, 500, 7)).toBe(all);
  });

  it('has no labels where there are none', () => {
    const bare = { ...all, labels: new Int32Array(0), classes: [] };
    expect(drawExamples(bare, 10, 1)).toMatchObject({ labels: new Int32Array(0), texts: { length: 10 } });
  });

  it('needs 200 texts, two labels and 40 texts held out', () => {
    expect(() => checkEnough(all, 200, false)).not.toThrow();
    expect(() => checkEnough(drawExamples(all, 199, 1), 80, false)).toThrow('199 texts of 5 labels are too few');
    expect(() => checkEnough({ ...all, classes: ['a'] }, 200, false)).toThrow('500 texts of 1 labels are too few');
    expect(() => checkEnough(all, 39, false)).toThrow('only 39 texts could be held out');
    expect(() => checkEnough({ ...all, classes: [] }, 0, true)).not.toThrow();
    expect(() => checkEnough({ texts: [], labels, classes: [] }, 0, true)).toThrow('no text');
  });
});
