import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * One file of named float32 arrays with a JSON header: "CAIRNCK1", length of the header (uint32), SHA-256 of the header,
 * header, the arrays one after the other, SHA-256 of everything before. Little-endian.
 */
export interface ArrayFile<H> {
  readonly header: H;
  readonly arrays: ReadonlyMap<string, Float32Array>;
}

const magic = 'CAIRNCK1';
const hashBytes = 32;
/** Written in pieces: one call for gigabytes is refused by some systems. */
const pieceBytes = 1 << 26;

/** A file that is cut short, changed or of another kind. */
export class BrokenFile extends Error {
  override name = 'BrokenFile';
}

interface Layout<H> {
  readonly header: H;
  readonly arrays: readonly { readonly name: string; readonly length: number }[];
}

/**
 * Writes a file so that it is whole or not there, also after a loss of power: written beside, flushed to the disk, renamed, and
 * the folder flushed. Blocks.
 * @param header survives JSON as it is
 */
export function writeArrayFile<H>(
  file: string,
  header: H,
  arrays: Iterable<readonly [name: string, values: Float32Array]>,
): void {
  const parts = [...arrays];
  const layout: Layout<H> = { header, arrays: parts.map(([name, { length }]) => ({ name, length })) };
  const json = Buffer.from(JSON.stringify(layout), 'utf8');
  const begin = Buffer.alloc(magic.length + 4 + hashBytes);
  begin.write(magic, 'latin1');
  begin.writeUInt32LE(json.length, magic.length);
  sha256(json).copy(begin, magic.length + 4);
  // A process that lost its job may still be writing the same file.
  const draft = `${file}.${process.pid}.part`;
  const handle = openSync(draft, 'w');
  try {
    const hash = createHash('sha256');
    const put = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.byteLength;) {
        const piece = bytes.subarray(at, at + pieceBytes);
        const written = writeSync(handle, piece);
        hash.update(piece.subarray(0, written));
        at += written;
      }
    };
    put(begin);
    put(json);
    for (const [, values] of parts) put(bytesOf(values));
    writeSync(handle, hash.digest());
    fsyncSync(handle);
  } catch (error) {
    closeSync(handle);
    rmSync(draft, { force: true });
    throw error;
  }
  closeSync(handle);
  renameSync(draft, file);
  flushFolder(dirname(file));
}

/**
 * Reads a file piece by piece: it may be larger than one buffer.
 * @throws BrokenFile if it is not exactly what was written; whatever the system says if it cannot be read
 */
export function readArrayFile<H>(file: string): ArrayFile<H> {
  const refuse = (what: string) => new BrokenFile(`${file} ${what}.`);
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const hash = createHash('sha256');
    const take = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.byteLength;) {
        const read = readSync(handle, bytes, at, Math.min(pieceBytes, bytes.byteLength - at), null);
        if (read === 0) throw refuse('is cut short');
        at += read;
      }
      return bytes;
    };
    const takeHashed = (bytes: Uint8Array) => hash.update(take(bytes));
    const begin = Buffer.alloc(magic.length + 4 + hashBytes);
    takeHashed(begin);
    if (begin.toString('latin1', 0, magic.length) !== magic) throw refuse('is not a checkpoint');
    const json = Buffer.alloc(Math.min(begin.readUInt32LE(magic.length), size));
    takeHashed(json);
    // Nothing of the header is believed before it is known to be whole.
    if (!sha256(json).equals(begin.subarray(magic.length + 4))) throw refuse('has a broken header');
    const { header, arrays } = JSON.parse(json.toString('utf8')) as Layout<H>;
    const payload = arrays.reduce((sum, { length }) => sum + 4 * length, 0);
    if (begin.length + json.length + payload + hashBytes !== size) throw refuse('is not as long as it says');
    const read = new Map<string, Float32Array>();
    for (const { name, length } of arrays) {
      const values = new Float32Array(length);
      takeHashed(bytesOf(values));
      read.set(name, values);
    }
    if (!hash.digest().equals(take(Buffer.alloc(hashBytes)))) throw refuse('is not what was written: its hash differs');
    return { header, arrays: read };
  } finally {
    closeSync(handle);
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** So that the new name is on the disk too. Windows cannot, and need not. */
function flushFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
