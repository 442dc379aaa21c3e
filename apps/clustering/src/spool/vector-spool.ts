import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes read at a time. */
const blockBytes = 2 ** 22;

/** Vectors on disk, `[count, dimension]` float32: written once, read as often as a clustering needs. */
export class VectorSpool {
  private written = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly folder: string,
    readonly dimension: number,
  ) {}

  /** @param parent a folder on a disk with room for the vectors */
  static async create(parent: string, dimension: number): Promise<VectorSpool> {
    const folder = await mkdtemp(join(parent, 'cairn-vectors-'));
    const file = await open(join(folder, 'vectors.f32'), 'wx+');
    // Where the system lets an open file lose its name, a process that is killed leaves nothing behind.
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    return new VectorSpool(file, folder, dimension);
  }

  /** Rows that are in it. */
  get count(): number {
    return this.written / (4 * this.dimension);
  }

  async append(values: Float32Array): Promise<void> {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.file.write(bytes, at, bytes.length - at, this.written + at);
      at += bytesWritten;
    }
    this.written += bytes.length;
  }

  /** One pass over all rows, `[rows, dimension]` at a time; a block is overwritten by the next. */
  async *blocks(): AsyncGenerator<Float32Array> {
    const row = 4 * this.dimension;
    const block = new Uint8Array(Math.max(1, Math.floor(blockBytes / row)) * row);
    for (let from = 0; from < this.written; from += block.length) {
      const wanted = Math.min(block.length, this.written - from);
      for (let at = 0; at < wanted;) {
        const { bytesRead } = await this.file.read(block, at, wanted - at, from + at);
        if (bytesRead === 0) throw new Error('The spooled vectors are shorter than they were.');
        at += bytesRead;
      }
      yield new Float32Array(block.buffer, 0, wanted / 4);
    }
  }

  async close(): Promise<void> {
    await this.file.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
