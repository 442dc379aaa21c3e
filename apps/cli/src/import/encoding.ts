import { isAscii, isUtf8 } from 'node:buffer';

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof encodings)[number];

/** Names that people give them. */
const names: Readonly<Record<string, Encoding>> = {
  utf8: 'utf-8',
  utf16le: 'utf-16le',
  utf16: 'utf-16le',
  utf16be: 'utf-16be',
  windows1252: 'windows-1252',
  cp1252: 'windows-1252',
  latin1: 'windows-1252',
  // Its visible characters are those of Windows-1252, and nobody writes its invisible ones.
  iso88591: 'windows-1252',
};

/** The encoding somebody means by a name, or undefined. */
export const encodingNamed = (name: string): Encoding | undefined => names[name.toLowerCase().replace(/[-_ ]/g, '')];

/** A text of one byte a character that is not UTF-8 has at least so many broken places for each that looks like UTF-8. */
const clearMajority = 20;
/** Windows-1252 has no character for these bytes. */
const undefinedBytes = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/** Bytes at the beginning that are looked at for zeros. */
const headBytes = 4_096;

/** What bytes look like; fed with a file piece by piece, so that the whole of it is judged and none of it is kept. */
export class EncodingSurvey {
  /** Offset of the first byte that is not UTF-8, and that byte. */
  firstBroken: { readonly offset: number; readonly byte: number } | undefined;
  private head = Buffer.alloc(0);
  private broken = 0;
  private multibyte = 0;
  private impossible = 0;
  private rest = Buffer.alloc(0);
  private offset = 0;

  add(chunk: Buffer): void {
    if (this.head.length < headBytes)
      this.head = Buffer.concat([this.head, chunk.subarray(0, headBytes - this.head.length)]);
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const whole = bytes.length - unfinished(bytes);
    this.judge(bytes.subarray(0, whole));
    this.offset += whole;
    this.rest = Buffer.from(bytes.subarray(whole));
  }

  /** Call it at the end. */
  result(): Encoding {
    this.judge(this.rest);
    this.rest = Buffer.alloc(0);
    const { head } = this;
    if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
    if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
    if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
    const zeros = (side: number) => head.filter((byte, place) => byte === 0 && place % 2 === side).length;
    const [even, odd] = [zeros(0), zeros(1)];
    // Text in Latin letters has a zero in nearly every character, always on the same side; UTF-8 has none.
    if (Math.max(even, odd) > 0.3 * head.length && Math.min(even, odd) <= 0.01 * head.length)
      return even > odd ? 'utf-16be' : 'utf-16le';
    const isSingleByte = this.broken > clearMajority * this.multibyte && this.impossible === 0;
    return isSingleByte ? 'windows-1252' : 'utf-8';
  }

  private judge(bytes: Buffer): void {
    if (isAscii(bytes)) return;
    if (isUtf8(bytes)) {
      for (const byte of bytes) if (byte >= 0xc0) this.multibyte += 1;
      return;
    }
    for (let at = 0; at < bytes.length;) {
      const length = sequenceAt(bytes, at);
      if (length > 1) this.multibyte += 1;
      if (length === 0) {
        this.firstBroken ??= { offset: this.offset + at, byte: bytes[at] };
        this.broken += 1;
        if (undefinedBytes.has(bytes[at])) this.impossible += 1;
      }
      at += Math.max(1, length);
    }
  }
}

/** Bytes at the end that begin a character of UTF-8 and do not end it. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

/** Bytes of the character of UTF-8 that begins here; 0 if none does. */
function sequenceAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte < 0x80) return 1;
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** Where bytes stop being UTF-8, for a person: "from its byte 17 on (0xE9)". */
export function whereNotUtf8(bytes: Buffer): string {
  let at = 0;
  for (let length = 1; at < bytes.length && (length = sequenceAt(bytes, at)) > 0;) at += length;
  const byte = at < bytes.length ? ` (0x${bytes[at].toString(16).toUpperCase().padStart(2, '0')})` : '';
  return `byte ${at + 1}${byte}`;
}

/** A byte that no UTF-8 has: the reader then finds the broken character on its line. */
const brokenByte = Buffer.from([0xff]);

/** A stream of bytes in any of the encodings as a stream of bytes in UTF-8, without a mark at the beginning. */
export async function* asUtf8(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') yield* chunks;
  else if (encoding === 'windows-1252') {
    const decoder = new TextDecoder('windows-1252');
    for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  } else yield* fromUtf16(chunks, encoding === 'utf-16be');
}

async function* fromUtf16(chunks: AsyncIterable<Buffer>, bigEndian: boolean): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    let end = bytes.length - (bytes.length % 2);
    if (end > 0 && isHighSurrogate(bytes, end - 2, bigEndian)) end -= 2;
    rest = bytes.subarray(end);
    const whole = bytes.subarray(0, end);
    const text = (bigEndian ? Buffer.from(whole).swap16() : whole).toString('utf16le');
    yield encoded(begun ? text : text.replace(/^\ufeff/, ''));
    begun ||= end > 0;
  }
  // Half a character at the end: the file was cut.
  if (rest.length > 0) yield brokenByte;
}

const isHighSurrogate = (bytes: Buffer, at: number, bigEndian: boolean): boolean =>
  (bytes[at + (bigEndian ? 0 : 1)] & 0xfc) === 0xd8;

function encoded(text: string): Buffer {
  if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text);
  const parts = text.split(/\p{Surrogate}/u);
  return Buffer.concat(parts.flatMap((part, place) => (place === 0 ? [] : [brokenByte]).concat(Buffer.from(part))));
}

/** The text of a whole file, or undefined if it is not in the encoding given or, where none is, found. */
export function decodeWhole(bytes: Buffer, given?: Encoding): string | undefined {
  const survey = new EncodingSurvey();
  survey.add(bytes);
  const encoding = given ?? survey.result();
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
