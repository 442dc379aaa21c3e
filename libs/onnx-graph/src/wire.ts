/** Bytes that are not a protobuf message of the expected kind, or not a whole one. */
export class OnnxFormatError extends Error {
  override name = 'OnnxFormatError';
}

/** A 64-bit integer: a number where it is exact, a bigint beyond 2^53. */
export type Int64 = number | bigint;

/** How a value lies in the bytes: protobuf's wire types that are in use. */
export const wireType = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** Reads protobuf's primitives from a byte range. Every method throws OnnxFormatError where the bytes end too early. */
export class WireReader {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public position = 0,
    private readonly end = bytes.byteLength,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    this.advance(length);
    return this.bytes.subarray(this.position - length, this.position);
  }

  /** A reader of the next `length` bytes. */
  within(length: number): WireReader {
    this.advance(length);
    return new WireReader(this.bytes, this.position - length, this.position);
  }

  /** The bytes from `start` to the current position, as a view. */
  since(start: number): Uint8Array {
    return this.bytes.subarray(start, this.position);
  }

  float32(): number {
    this.advance(4);
    return this.view.getFloat32(this.position - 4, true);
  }

  float64(): number {
    this.advance(8);
    return this.view.getFloat64(this.position - 8, true);
  }

  /** A length or a field's tag. */
  count(): number {
    const value = this.uint64();
    if (typeof value === 'bigint') throw new OnnxFormatError(`A length of ${value} bytes at byte ${this.position}.`);
    return value;
  }

  int64(): Int64 {
    return exact(BigInt.asIntN(64, this.wide()));
  }

  uint64(): Int64 {
    return exact(BigInt.asUintN(64, this.wide()));
  }

  private wide(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      this.advance(1);
      const byte = this.bytes[this.position - 1];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new OnnxFormatError(`A number longer than ten bytes at byte ${this.position}.`);
  }

  private advance(length: number): void {
    if (length > this.end - this.position)
      throw new OnnxFormatError(
        `The bytes end at ${this.end}, ${length - (this.end - this.position)} bytes too early: is the file truncated?`,
      );
    this.position += length;
  }
}

function exact(value: bigint): Int64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** How many bytes a varint takes. */
export function varintSize(value: Int64): number {
  if (typeof value === 'number' && value >= 0) {
    let size = 1;
    for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) size++;
    return size;
  }
  let size = 1;
  for (let left = BigInt.asUintN(64, BigInt(value)); left >= 0x80n; left >>= 7n) size++;
  return size;
}

/** Writes protobuf's primitives into bytes whose size was computed before. */
export class WireWriter {
  private readonly view: DataView;
  private position = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.position);
    this.position += bytes.byteLength;
  }

  float32(value: number): void {
    this.view.setFloat32(this.position, value, true);
    this.position += 4;
  }

  float64(value: number): void {
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  varint(value: Int64): void {
    if (typeof value === 'number' && value >= 0) {
      let left = value;
      for (; left >= 0x80; left = Math.floor(left / 0x80)) this.bytes[this.position++] = (left % 0x80) | 0x80;
      this.bytes[this.position++] = left;
      return;
    }
    let left = BigInt.asUintN(64, BigInt(value));
    for (; left >= 0x80n; left >>= 7n) this.bytes[this.position++] = Number(left & 0x7fn) | 0x80;
    this.bytes[this.position++] = Number(left);
  }
}
