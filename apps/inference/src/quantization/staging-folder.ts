import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageFault } from './usage-fault.js';

/** Names with a dot are no ids: services do not see these folders. */
const making = (id: string) => `.quantize-${id}-`;
const replaced = (id: string) => `.replaced-${id}-`;
const ownerFile = 'owner.json';

/** After this time a folder of another machine is taken for left behind. */
const patience = 24 * 3600_000;

interface Owner {
  readonly host: string;
  readonly pid: number;
}

/** A folder in the store in which a model is put together: it appears under its id once it is whole, or not at all. */
export class StagingFolder {
  private constructor(
    private readonly store: string,
    private readonly id: string,
    private readonly path: string,
  ) {}

  /**
   * Makes one, and clears up what runs for the same id left when they were killed.
   * @throws UsageFault if the store cannot be written to
   */
  static async create(store: string, id: string): Promise<StagingFolder> {
    const staging = new StagingFolder(store, id, join(store, `${making(id)}${randomUUID()}`));
    try {
      await mkdir(store, { recursive: true });
      await clearUp(store, id);
      await mkdir(staging.path);
    } catch (error) {
      throw new UsageFault('--store', `${store} cannot be written to: ${(error as Error).message}.`);
    }
    const owner: Owner = { host: hostname(), pid: process.pid };
    await writeFile(join(staging.path, ownerFile), JSON.stringify(owner));
    await Promise.all([mkdir(staging.model), mkdir(staging.work)]);
    return staging;
  }

  /** What is published. */
  get model(): string {
    return join(this.path, 'model');
  }

  /** For files that nobody needs afterwards. */
  get work(): string {
    return join(this.path, 'work');
  }

  /**
   * Lets the model appear under its id. An old one of the same id is moved aside first and comes back should that fail:
   * who looks in between sees none, never half of one.
   * @returns where it is now
   * @throws UsageFault if there is one and it may not be replaced
   */
  async publish(force: boolean): Promise<string> {
    const target = join(this.store, this.id);
    const aside = join(this.store, `${replaced(this.id)}${randomUUID()}`);
    const isThere = existsSync(target);
    if (isThere && !force) throw alreadyThere(this.id);
    if (isThere) await rename(target, aside);
    try {
      await rename(this.model, target);
    } catch (error) {
      if (isThere) await rename(aside, target);
      const { code } = error as NodeJS.ErrnoException;
      // Another run was faster.
      throw code === 'ENOTEMPTY' || code === 'EEXIST' ? alreadyThere(this.id) : error;
    }
    await rm(aside, { recursive: true, force: true });
    return target;
  }

  /** Leaves nothing behind but what is published. Synchronous, for handlers of signals. */
  discard(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const alreadyThere = (id: string): UsageFault =>
  new UsageFault(
    '--output',
    `there is a model "${id}" in the store already; choose another id, or replace it with --force.`,
  );

async function clearUp(store: string, id: string): Promise<void> {
  const target = join(store, id);
  for (const name of await readdir(store)) {
    const path = join(store, name);
    const isOf = (prefix: string) => name.startsWith(prefix) && name.length === prefix.length + 36;
    if (isOf(making(id)) && (await isAbandoned(path))) await rm(path, { recursive: true, force: true });
    if (!isOf(replaced(id))) continue;
    // Killed between moving the old one aside and the new one in, or just after.
    if (existsSync(target)) await rm(path, { recursive: true, force: true });
    else await rename(path, target);
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path);
  const owner = await readFile(join(path, ownerFile), 'utf8')
    .then((text) => JSON.parse(text) as Owner)
    .catch(() => undefined);
  return owner?.host === hostname() ? !isRunning(owner.pid) : Date.now() - mtimeMs > patience;
}

function isRunning(pid: number): boolean {
  // In a container that was started again, the number may be one's own.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
