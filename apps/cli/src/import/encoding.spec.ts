import fc from 'fast-check';
import { asUtf8, decodeWhole, encodingNamed, EncodingSurvey, whereNotUtf8, type Encoding } from './encoding.js';

const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();
/** Windows-1252 where it is Latin-1, which is all that Node writes. */
const encoders: Record<Encoding, (text: string) => Buffer> = {
  'utf-8': (text) => Buffer.from(text),
  'utf-16le': (text) => Buffer.from(text, 'utf16le'),
  'utf-16be': swapped,
  'windows-1252': (text) => Buffer.from(text, 'latin1'),
};

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}
async function* stream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
async function read(chunks: readonly Buffer[], encoding: Encoding): Promise<Buffer> {
  const read: Buffer[] = [];
  for await (const chunk of asUtf8(stream(chunks), encoding)) read.push(chunk);
  return Buffer.concat(read);
}
function survey(chunks: readonly Buffer[]): EncodingSurvey & { found: Encoding } {
  const looked = new EncodingSurvey();
  for (const chunk of chunks) looked.add(chunk);
  return Object.assign(looked, { found: looked.result() });
}

describe('asUtf8', () => {
  it.each(['utf-8', 'utf-16le', 'utf-16be'] as const)('reads %s, wherever the stream is cut', (encoding) =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9 }), async (any, size) => {
        const text = any.replace(/^\ufeff/, '');
        expect((await read(pieces(encoders[encoding](text), size), encoding)).toString()).toBe(text);
      }),
    ),
  );

  it('reads Windows-1252, its quotation marks and the euro too', async () => {
    const bytes = Buffer.from([0x93, 0x63, 0x61, 0x66, 0xe9, 0x94, 0x20, 0x80]);
    expect((await read([bytes], 'windows-1252')).toString()).toBe('“café” €');
  });

  it('leaves half a character of UTF-16 and a file that was cut to be found on their line', async () => {
    const lone = Buffer.from('a\ud800b\nc', 'utf16le');
    expect([...(await read(pieces(lone, 3), 'utf-16le'))]).toEqual([0x61, 0xff, 0x62, 0x0a, 0x63]);
    expect([...(await read([lone.subarray(0, 9)], 'utf-16le'))].at(-1)).toBe(0xff);
  });
});

describe('EncodingSurvey', () => {
  const long = 'id,text\n'.repeat(40);
  it.each([
    ['utf-8', Buffer.from(`${long}café 😀`)],
    ['utf-8', Buffer.from('\ufeffid,text\n1,a')],
    ['utf-8', Buffer.from(long)],
    ['utf-16le', Buffer.from('\ufeff日本語', 'utf16le')],
    ['utf-16be', swapped('\ufeffid,text\n1,a')],
    ['utf-16le', Buffer.from('id,text\n1,café', 'utf16le')],
    ['utf-16be', swapped('id,text\n1,café')],
    ['windows-1252', Buffer.from(`${long}café, señor`, 'latin1')],
    // No character of Windows-1252.
    ['utf-8', Buffer.concat([Buffer.from(long), Buffer.from([0x81, 0xe9])])],
    // Mixed: most of it is UTF-8.
    ['utf-8', Buffer.concat([Buffer.from('é'.repeat(30)), Buffer.from([0xe9])])],
  ] as const)('takes it for %s (%#)', (encoding, bytes) => {
    for (const size of [1, 2, 3, 1_000]) expect(survey(pieces(bytes, size)).found).toBe(encoding);
  });

  it('says where the first byte is that is not UTF-8', () => {
    const { firstBroken } = survey(pieces(Buffer.concat([Buffer.from('aé😀'), Buffer.from([0xe9, 0x20])]), 2));
    expect(firstBroken).toEqual({ offset: 7, byte: 0xe9 });
    expect(whereNotUtf8(Buffer.concat([Buffer.from('aé😀'), Buffer.from([0xe9])]))).toBe('byte 8 (0xE9)');
  });

  it('never takes what is UTF-8 for anything else', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 7 }), (any, size) => {
        const text = any.replaceAll('\0', '').replaceAll('\ufeff', '');
        expect(survey(pieces(Buffer.from(text), size)).found).toBe('utf-8');
      }),
    ));
});

describe('encodings', () => {
  it('have the names people give them', () => {
    expect(['UTF8', 'utf-16', 'Latin1', 'ISO-8859-1', 'cp1252', 'ebcdic'].map(encodingNamed)).toEqual([
      'utf-8',
      'utf-16le',
      'windows-1252',
      'windows-1252',
      'windows-1252',
      undefined,
    ]);
  });

  it('of a whole file is found out, or believed', () => {
    expect(decodeWhole(Buffer.from('café', 'latin1'))).toBe('café');
    expect(decodeWhole(Buffer.from('café', 'latin1'), 'utf-8')).toBeUndefined();
    expect(decodeWhole(Buffer.from('\ufeffcafé', 'utf16le'))).toBe('café');
  });
});
