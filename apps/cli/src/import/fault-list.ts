import { open, type FileHandle } from 'node:fs/promises';
import { CommandFailure } from '../exit-code.js';
import type { RowFault } from './source-row.js';

/** Failed rows that are listed at the end. */
const listedFaults = 20;
/** Faults are written in pieces of about this many characters. */
const pieceCharacters = 64 * 1024;

type ListedFault = RowFault & { readonly path: string };

/** Keeps the first failed rows, and writes all of them to a file if wanted; a million of them take no memory. */
export class FaultList {
  private waiting = '';

  private constructor(
    private readonly name: string | undefined,
    private readonly file: FileHandle | undefined,
    readonly first: ListedFault[],
    private written: number,
  ) {}

  /**
   * @param name file to write them to, if any
   * @param before what an earlier attempt that is gone on with had found
   */
  static async open(
    name: string | undefined,
    before: { first: readonly ListedFault[]; bytes: number } | undefined,
  ): Promise<FaultList> {
    const first = [...(before?.first ?? [])];
    if (name === undefined) return new FaultList(undefined, undefined, first, 0);
    try {
      const file = await open(name, before === undefined ? 'w' : 'a+').then(async (handle) => {
        // Faults that were written after the state was kept are found again.
        if (before !== undefined) await handle.truncate(Math.min(before.bytes, (await handle.stat()).size));
        return handle;
      });
      return new FaultList(name, file, first, before?.bytes ?? 0);
    } catch (error) {
      throw CommandFailure.usage(`--errors ${name}: ${(error as Error).message}`);
    }
  }

  async add(path: string, fault: RowFault): Promise<void> {
    if (this.first.length < listedFaults) this.first.push({ path, ...fault });
    if (this.file === undefined) return;
    this.waiting += `${JSON.stringify({ path, ...fault })}\n`;
    if (this.waiting.length > pieceCharacters) await this.flush();
  }

  /** What is to be kept, so that another attempt goes on from here; all faults so far are in the file then. */
  async state(): Promise<{ first: readonly ListedFault[]; bytes: number }> {
    await this.flush();
    return { first: this.first, bytes: this.written };
  }

  async close(): Promise<void> {
    await this.flush();
    await this.file?.close();
  }

  summary(total: number): string {
    const lines = this.first.map(
      ({ path, file: inFolder, line, field, message }) =>
        `  ${inFolder ?? `${path}:${line}`}: ${field ? `${field}: ` : ''}${message}`,
    );
    const rest = total - this.first.length;
    const more =
      rest > 0 ? [`  ... and ${rest} more${this.name ? `, all in ${this.name}` : '; --errors FILE writes all'}`] : [];
    return [`${total === 1 ? 'One row was' : `${total} rows were`} not imported:`, ...lines, ...more].join('\n');
  }

  private async flush(): Promise<void> {
    if (this.file === undefined || this.waiting === '') return;
    const content = this.waiting;
    this.waiting = '';
    try {
      await this.file.appendFile(content);
      this.written += Buffer.byteLength(content);
    } catch (error) {
      throw CommandFailure.usage(`--errors ${this.name}: ${(error as Error).message}`);
    }
  }
}
