import { fileFormat, FileFormatError, refuseSignatures } from './file-format.js';

const text = Buffer.from('id,text\n1,a\n');

describe('fileFormat', () => {
  it.each([
    ['a.csv', 'csv'],
    ['a.TSV', 'tsv'],
    ['a.jsonl', 'jsonl'],
    ['a.ndjson', 'jsonl'],
    ['a.md', 'markdown'],
  ])('knows %s', (path, format) => expect(fileFormat(path, text)).toBe(format));

  it('believes what it is told about a file with another name', () =>
    expect(fileFormat('export.txt', text, 'csv')).toBe('csv'));

  it.each([
    ['noise.tsv', Buffer.from(Array.from({ length: 400 }, (_, i) => i % 17)), 'a binary file'],
    ['data.json', Buffer.from('[{"text":"a"}]'), '--format jsonl'],
    ['data.jsonl', Buffer.from('  [\n{"text":"a"}]'), 'one JSON document'],
    ['data.jsonl', Buffer.from('{\n  "text": "a"\n}'), 'one JSON document'],
    ['song.mp3', text, 'cannot be told from its name'],
  ])('refuses %s and says why', (path, head, message) => {
    expect(() => fileFormat(path, head)).toThrow(FileFormatError);
    expect(() => fileFormat(path, head)).toThrow(message);
  });

  it.each([
    ['photo.csv', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'a PNG image'],
    ['table.csv', Buffer.from('PK\x03\x04rest', 'latin1'), 'an Excel or Word file'],
    ['paper.md', Buffer.from('%PDF-1.7'), 'a PDF document'],
    ['empty.csv', Buffer.alloc(0), 'is empty'],
  ])('refuses %s by its first bytes', (path, head, message) => {
    expect(() => refuseSignatures(path, head)).toThrow(FileFormatError);
    expect(() => refuseSignatures(path, head)).toThrow(message);
  });

  it('knows an export of everything by its first line', () => {
    expect(fileFormat('a.jsonl', Buffer.from('{"record":"export","format":1}\n{}'))).toBe('records');
    expect(fileFormat('a.jsonl', Buffer.from('{"record":"question"}\n{"record":"export"}'))).toBe('jsonl');
  });

  it('leaves one NUL among text to the row it is in', () =>
    expect(fileFormat('a.csv', Buffer.from('id,text\n1,a\0b\n'))).toBe('csv'));
});
