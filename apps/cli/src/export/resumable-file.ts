import { open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { CommandFailure } from '../exit-code.js';

/** How far a file is written, kept beside it after every page. */
interface Written {
  /** What is written: an export of something else does not go on here. */
  readonly of: string;
  readonly bytes: number;
  readonly cursor: string;
}

/**
 * A file that is written page by page and survives a kill: `FILE.part` holds the pages, `FILE.part.state` says how much
 * of it is sound and where the next page begins. Only the finished file gets its name.
 */
export class ResumableFile {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly of: string,
    private bytes: number,
    /** Where to go on; empty: at the beginning. */
    readonly cursor: string,
  ) {}

  /**
   * @param of what is going to be written
   * @param resume go on where an earlier attempt stopped, if there is one
   * @throws CommandFailure if the file cannot be written, or the earlier attempt wrote something else
   */
  static async open(path: string, of: string, resume: boolean): Promise<ResumableFile> {
    const part = `${path}.part`;
    const before = resume ? await readState(part) : undefined;
    if (before !== undefined && before.of !== of)
      throw CommandFailure.usage(
        `${part} was begun with other options or on another Cairn; give the same ones, or leave --resume out to begin again.`,
      );
    try {
      const file = await open(part, before === undefined ? 'w' : 'r+');
      const { size } = await file.stat();
      // What was written after the state was kept is fetched again; what is missing cannot be gone on from.
      const sound = before !== undefined && size >= before.bytes ? before : { bytes: 0, cursor: '' };
      await file.truncate(sound.bytes);
      return new ResumableFile(path, file, of, sound.bytes, sound.cursor);
    } catch (error) {
      throw CommandFailure.usage(`${path} cannot be written: ${(error as Error).message}`);
    }
  }

  /** @param cursor where the page after this one begins */
  async append(text: string, cursor: string): Promise<void> {
    const content = Buffer.from(text);
    try {
      // A disk that is nearly full writes a part only.
      for (let written = 0; written < content.length;)
        written += (await this.file.write(content, written, content.length - written, this.bytes + written))
          .bytesWritten;
      this.bytes += content.length;
      const state: Written = { of: this.of, bytes: this.bytes, cursor };
      await writeFile(`${this.path}.part.state.new`, JSON.stringify(state));
      await rename(`${this.path}.part.state.new`, `${this.path}.part.state`);
    } catch (error) {
      throw CommandFailure.usage(
        `${this.path} cannot be written: ${(error as Error).message}. Make room and go on with --resume.`,
      );
    }
  }

  async finish(): Promise<void> {
    await this.file.sync();
    await this.file.close();
    await rename(`${this.path}.part`, this.path);
    await rm(`${this.path}.part.state`, { force: true });
  }

  /** Leaves what is written for another attempt. */
  async leave(): Promise<void> {
    await this.file.close().catch(() => {});
  }
}

async function readState(part: string): Promise<Written | undefined> {
  try {
    const { of, bytes, cursor } = JSON.parse(await readFile(`${part}.state`, 'utf8')) as Partial<Written>;
    return typeof of === 'string' && typeof bytes === 'number' && typeof cursor === 'string'
      ? { of, bytes, cursor }
      : undefined;
  } catch {
    return undefined;
  }
}
