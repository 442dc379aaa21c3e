import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { idPattern } from './model-id.js';

/** What an alias stands for. */
const target = z.object({
  /** Id of the model. */
  model: z.string().regex(idPattern),
  /** Its folder, so that one from outside the store is found again after a restart. */
  path: z.string().min(1),
});
export type AliasTarget = z.infer<typeof target>;

/** Another replica's change is noticed within this time. */
const lookEveryMs = 1000;
/** Times of files are coarse on some file systems: a folder that changed this recently is read again. */
const settledMs = 5000;

/**
 * Other names of models, shared by all replicas of the store: `aliases/<alias>.json`, a file each, so that two replicas
 * that change two aliases lose nothing. Files appear whole, by a rename. What an alias stands for is known without
 * waiting, as requests need it.
 */
export class Aliases {
  private targets: ReadonlyMap<string, AliasTarget> = new Map();
  private changed: ((alias: string, to: AliasTarget) => void) | undefined;
  private stamp = '';
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param folder of the files; made when the first alias is set
   * @param onFault told of a file that cannot be read; its alias is left out
   */
  constructor(
    private readonly folder: string,
    private readonly onFault: (error: Error) => void,
  ) {}

  /**
   * Reads all aliases and follows their changes from then on.
   * @param changed told of each alias that another process set or moved
   */
  async follow(changed: (alias: string, to: AliasTarget) => void): Promise<void> {
    await this.refresh();
    this.changed = changed;
    this.timer ??= setInterval(() => void this.refresh(), lookEveryMs).unref();
  }

  /** Stops following. */
  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  get(alias: string): AliasTarget | undefined {
    return this.targets.get(alias);
  }

  entries(): Iterable<[string, AliasTarget]> {
    return this.targets;
  }

  /** The aliases of a model, by name. */
  of(model: string): string[] {
    return [...this.targets].flatMap(([alias, target]) => (target.model === model ? [alias] : [])).sort();
  }

  /** Gives a name to a model, or moves it there. Who asks before this has ended gets the old model, later the new one. */
  async set(alias: string, to: AliasTarget): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const draft = join(this.folder, `.${randomUUID()}`);
    await writeFile(draft, `${JSON.stringify(to)}\n`);
    await rename(draft, this.file(alias));
    await this.refresh(true);
  }

  async remove(alias: string): Promise<void> {
    await rm(this.file(alias), { force: true });
    await this.refresh(true);
  }

  /** Reads the files again if they may have changed. */
  async refresh(always = false): Promise<void> {
    try {
      const status = await stat(this.folder).catch(() => undefined);
      const stamp = status === undefined ? '' : `${status.ino} ${status.mtimeMs}`;
      const settled = status === undefined || Date.now() - status.mtimeMs > settledMs;
      if (!always && settled && stamp === this.stamp) return;
      const before = this.targets;
      this.targets = await this.read();
      this.stamp = stamp;
      for (const [alias, to] of this.targets) if (before.get(alias)?.model !== to.model) this.changed?.(alias, to);
    } catch (error) {
      // A shared folder that is away for a moment: what was known holds on.
      this.onFault(error as Error);
    }
  }

  private async read(): Promise<Map<string, AliasTarget>> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const found = new Map<string, AliasTarget>();
    for (const name of names.sort()) {
      const alias = name.slice(0, -'.json'.length);
      if (!name.endsWith('.json') || !idPattern.test(alias)) continue;
      const text = await readFile(this.file(alias), 'utf8').catch(() => undefined);
      if (text === undefined) continue; // removed since
      try {
        found.set(alias, target.parse(JSON.parse(text)));
      } catch (error) {
        this.onFault(new Error(`${this.file(alias)} is not an alias: ${(error as Error).message}`));
      }
    }
    return found;
  }

  private file(alias: string): string {
    return join(this.folder, `${alias}.json`);
  }
}
