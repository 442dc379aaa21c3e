import fc from 'fast-check';
import { byteLines } from './byte-lines.js';
import { readJsonLines } from './json-lines.js';
import { isFault, type SourceItem } from './source-row.js';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(text: string | Buffer, chunk = 5): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of readJsonLines(chunksOf(Buffer.from(text as string), chunk))) items.push(item);
  return items;
}

describe('readJsonLines', () => {
  it('reads one object a line, column names in any case, and passes over blank lines', async () => {
    expect(await read('\ufeff{"ID":"1","Text":"a"}\r\n\n  \n{"text":"ä\\n😀","tags":["x"]}')).toEqual([
      { line: 1, fields: { id: '1', text: 'a' } },
      { line: 4, fields: { text: 'ä\n😀', tags: ['x'] } },
    ]);
  });

  it('reports every line that is no object, by number, and goes on', async () => {
    const items = await read(
      Buffer.concat([
        Buffer.from('{"text":"a"}\n{"text":\n[1]\nnull\n'),
        Buffer.from([0x22, 0xc3, 0x28, 0x22]),
        Buffer.from('\n{"text":"b"}\n'),
      ]),
    );
    expect(items.map(isFault)).toEqual([false, true, true, true, true, false]);
    expect(items[1]).toMatchObject({ line: 2, message: expect.stringContaining('not JSON') as string });
    expect(items[4]).toMatchObject({ line: 5, message: expect.stringContaining('UTF-8') as string });
  });

  it('gives back any objects that were written one a line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text: fc.string({ unit: 'binary' }) }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 64 }),
        async (rows, chunk) => {
          const items = await read(rows.map((row) => `${JSON.stringify(row)}\n`).join(''), chunk);
          expect(items).toEqual(rows.map((fields, i) => ({ line: i + 1, fields })));
        },
      ),
    );
  });
});

describe('byteLines', () => {
  it('passes over a line longer than the limit and keeps the count', async () => {
    const lines = [];
    for await (const { line, bytes } of byteLines(chunksOf(Buffer.from('short\nmuch too long\r\nend\r\n'), 4), 6))
      lines.push([line, bytes?.toString()]);
    expect(lines).toEqual([
      [1, 'short'],
      [2, undefined],
      [3, 'end'],
    ]);
  });
});
