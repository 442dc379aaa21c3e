import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuplicateTally } from './duplicates.js';
import type { ImportTally } from './import-questions.js';
import type { RowFault } from './source-row.js';

/** How far one file or folder is imported. */
export interface PathProgress {
  readonly path: string;
  /** As the file was: one that has changed since is begun again. */
  readonly size: number;
  readonly changedAt: number;
  /** The last line whose outcome is in the tally. */
  readonly line: number;
  readonly tally: ImportTally;
  readonly done: boolean;
}

/** What an import has to know to go on where it stopped. */
export interface ImportProgress {
  readonly paths: readonly PathProgress[];
  readonly faults: { readonly first: readonly (RowFault & { path: string })[]; readonly bytes: number };
  readonly duplicates: DuplicateTally;
}

/**
 * Where an import stands, kept in a file of the data folder after every batch, and removed at its end. Rows that were
 * sent after it was kept are sent again, and change nothing.
 */
export class Checkpoint {
  private constructor(
    private readonly file: string,
    readonly found: ImportProgress | undefined,
  ) {}

  /** @param of all that makes it this import: address, space, paths, options */
  static async open(dataFolder: string, of: unknown, resume: boolean): Promise<Checkpoint> {
    const name = createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 24);
    const file = join(dataFolder, 'imports', `${name}.json`);
    return new Checkpoint(file, resume ? await read(file) : undefined);
  }

  /** What an earlier attempt did of a path that has not changed since. */
  async of(path: string): Promise<PathProgress | undefined> {
    const before = this.found?.paths.find((one) => one.path === path);
    if (before === undefined) return undefined;
    const now = await mark(path);
    return before.size === now.size && before.changedAt === now.changedAt ? before : undefined;
  }

  async save(progress: ImportProgress): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true });
    await writeFile(`${this.file}.new`, JSON.stringify(progress));
    await rename(`${this.file}.new`, this.file);
  }

  remove(): Promise<void> {
    return rm(this.file, { force: true });
  }
}

/** What a file is known again by. */
export async function mark(path: string): Promise<{ size: number; changedAt: number }> {
  const { size, mtimeMs } = await stat(path);
  return { size, changedAt: mtimeMs };
}

async function read(file: string): Promise<ImportProgress | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ImportProgress;
  } catch {
    return undefined;
  }
}
