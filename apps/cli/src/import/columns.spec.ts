import fc from 'fast-check';
import { columnMap, prepareRow, type PreparedRow } from './columns.js';
import type { RowFault } from './source-row.js';

const prepare = (fields: Record<string, unknown>, options: string[] = []): PreparedRow | RowFault =>
  prepareRow({ line: 3, fields }, columnMap(options));

describe('prepareRow', () => {
  it('reads the recognised columns and leaves out what is empty', () => {
    expect(
      prepare({ id: 7, question: ' Why? ', answer: '', label: 'cards', tags: 'a; b,c', state: 'draft', other: 1 }),
    ).toEqual({
      hashed: false,
      row: { line: 3, externalId: '7', text: 'Why?', topic: 'cards', tags: ['a', 'b', 'c'], state: 'DRAFT' },
    });
  });

  it('makes the id of a row without one from its text only', () => {
    const [first, again, other] = [
      { text: 'Why?', topic: 'a' },
      { text: 'Why? ', topic: 'b' },
      { text: 'Who?', topic: 'a' },
    ].map((fields) => prepare(fields) as PreparedRow);
    expect(first.row.externalId).toMatch(/^sha256:[0-9a-f]{32}$/);
    expect(again.row.externalId).toBe(first.row.externalId);
    expect(other.row.externalId).not.toBe(first.row.externalId);
    expect(first.hashed).toBe(true);
  });

  it('reads other columns when told to', () => {
    expect(
      prepare({ utterance: 'Why?', intent: 'cards', text: 'no' }, ['utterance=text', 'intent=label']),
    ).toMatchObject({
      row: { text: 'Why?', topic: 'cards' },
    });
    expect(() => columnMap(['intent'])).toThrow('write COLUMN=FIELD');
    expect(() => columnMap(['intent=colour'])).toThrow('one of id, text');
  });

  it.each([
    [{ text: '   ' }, 'text', 'empty'],
    [{ id: '1' }, 'text', 'empty'],
    [{ text: 'a\0b' }, 'text', 'NUL'],
    [{ text: 'a\ud800b' }, 'text', 'surrogate'],
    [{ text: 'x'.repeat(1_000_000) }, 'text', 'has 1000000 characters; at most 32768'],
    [{ text: ['a'] }, 'text', 'must be text'],
    [{ text: 'a', state: 'live' }, 'state', 'not a state'],
    [{ text: 'a', tags: { a: 1 } }, 'tags', 'list'],
    [{ text: 'a', tags: '["a"' }, 'tags', 'list'],
  ])('refuses %j', (fields, field, message) => {
    const item = prepare(fields) as RowFault;
    expect(item).toMatchObject({ line: 3, code: 'INVALID_INPUT', field });
    expect(item.message).toContain(message);
  });

  it('takes any other text as it is, but for white space around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const clean = text.replaceAll('\0', '').trim();
        fc.pre(clean !== '');
        expect(prepare({ text: clean })).toMatchObject({ row: { text: clean } });
      }),
    );
  });
});
