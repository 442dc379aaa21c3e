import fc from 'fast-check';
import { HeaderError, readDelimited } from './delimited.js';
import { isFault, type SourceItem } from './source-row.js';

const csv = { separator: ',', quoted: true } as const;
const tsv = { separator: '\t', quoted: false } as const;

async function* chunksOf(bytes: Buffer, size = bytes.length || 1): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(text: string | Buffer, options: Parameters<typeof readDelimited>[1], chunk?: number) {
  const items: SourceItem[] = [];
  for await (const item of readDelimited(chunksOf(Buffer.from(text as string), chunk), options)) items.push(item);
  return items;
}

describe('readDelimited', () => {
  it('reads a table in any chunks, and a byte order mark and Windows line ends as nothing', async () => {
    const text = '\ufeffid,Text\r\n1,"a ""quoted"", text"\r\n\r\n2,"two\r\nlines"\r\n3,last';
    for (const chunk of [1, 2, 7, 1000])
      expect(await read(text, csv, chunk)).toEqual([
        { line: 2, fields: { id: '1', text: 'a "quoted", text' } },
        { line: 4, fields: { id: '2', text: 'two\r\nlines' } },
        { line: 6, fields: { id: '3', text: 'last' } },
      ]);
  });

  it('takes a quote in TSV for an ordinary character', async () => {
    expect(await read('id\ttext\n1\t"open\n2\tsay "yes"\n', tsv)).toEqual([
      { line: 2, fields: { id: '1', text: '"open' } },
      { line: 3, fields: { id: '2', text: 'say "yes"' } },
    ]);
  });

  it('reports the line of a record with too few or too many fields and goes on', async () => {
    const items = await read('id,text\n1,a\n2\n3,b,c\n4,d\n', csv);
    expect(items.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
    expect(items[1]).toMatchObject({ message: 'the line has 1 fields; the header has 2' });
    expect(items[2]).toMatchObject({ message: 'the line has 3 fields; the header has 2' });
    expect(items[3]).toEqual({ line: 5, fields: { id: '4', text: 'd' } });
  });

  it('reports the line and column of invalid UTF-8 and goes on', async () => {
    const text = Buffer.concat([Buffer.from('id\ttext\n1\tx'), Buffer.from([0xff, 0xfe]), Buffer.from('\n2\tä😀\n')]);
    expect(await read(text, tsv, 3)).toEqual([
      { line: 2, code: 'INVALID_INPUT', field: 'text', message: expect.stringContaining('not valid UTF-8') as string },
      { line: 3, fields: { id: '2', text: 'ä😀' } },
    ]);
  });

  it('keeps stray quotes inside a field, and reports where one is opened and never closed', async () => {
    const items = await read('id,text\n1,5" nails\n2,"x"y\n3,"open\n4,lost\n', csv);
    expect(items[0]).toEqual({ line: 2, fields: { id: '1', text: '5" nails' } });
    expect(items[1]).toEqual({ line: 3, fields: { id: '2', text: '"x"y' } });
    expect(items[2]).toMatchObject({ line: 4, message: expect.stringContaining('never closed') as string });
    expect(items).toHaveLength(3);
  });

  it('refuses a file without a header, with a column twice, or whose header will not do', async () => {
    await expect(read('', csv)).rejects.toThrow(HeaderError);
    await expect(read('text,text\n', csv)).rejects.toThrow('names the column "text" twice');
    const onHeader = () => {
      throw new HeaderError('no');
    };
    await expect(read('a,b\n1,2\n', { ...csv, onHeader })).rejects.toThrow('no');
  });

  it('passes on an error of the file it reads', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('id,text\n1,a\n');
      await Promise.resolve();
      throw new Error('the disk is gone');
    }
    const reading = async () => {
      for await (const item of readDelimited(broken(), csv)) void item;
    };
    await expect(reading()).rejects.toThrow('the disk is gone');
  });

  it('finds every row of any TSV again, whatever its characters, and names exactly the broken lines', async () => {
    const field = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\t\r\n\ufeff]/g, ' '));
    const row = fc.record({ id: field, text: field, broken: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        async (rows, chunk) => {
          const lines = rows.map(({ id, text, broken }) => (broken ? `${id}\t${text}\tmore` : `${id}\t${text}`));
          const items = await read(Buffer.from(`id\ttext\n${lines.join('\n')}\n`), tsv, chunk);
          expect(items.map(isFault)).toEqual(rows.map(({ broken }) => broken));
          expect(items.map(({ line }) => line)).toEqual(rows.map((_, i) => i + 2));
          rows.forEach(({ id, text, broken }, i) => {
            if (!broken) expect(items[i]).toEqual({ line: i + 2, fields: { id, text } });
          });
        },
      ),
    );
  });
});
