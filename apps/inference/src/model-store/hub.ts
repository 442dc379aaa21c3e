import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { DomainError } from '@cairn/contracts';
import { ConfigurationError, lockFolder, type FolderLock } from '@cairn/service-kit';
import { checkContent } from './content-hash.js';
import type { HubWorkerData, HubWorkerResult } from './hub.worker.js';
import { readModelFolder } from './model-folder.js';

export interface HubOptions {
  /** Writable folder of the store. */
  readonly store: string;
  /** Ends with "/". */
  readonly url: string;
  /** Nothing is fetched; what was fetched before can be used. */
  readonly offline: boolean;
}

interface Fetch {
  readonly contentHash: string;
  readonly done: Promise<void>;
}

/** Time between two looks at a fetch of another process, and how long one waits for it before fetching, too. */
const lookEveryMs = 250;
const waitAtMostMs = 10 * 60_000;

/** Models of a Hugging Face hub: fetched once, each commit into a folder of the store. */
export class Hub {
  /** Running fetches, by target. */
  private readonly fetching = new Map<string, Fetch>();

  constructor(private readonly options: HubOptions) {}

  /**
   * The folder of a hub model, fetched if it is not in the store. Who asks for the same one meanwhile shares the fetch.
   * @param contentHash what the content must be; a fetched folder that is something else never appears in the store
   * @throws UNAVAILABLE if the hub cannot be reached; INVALID_INPUT for field "source" if it has no such encoder or the
   *   service is offline, for field "content_hash" if its content is not the expected
   */
  async folder(hubId: string, commit: string, contentHash: string): Promise<string> {
    const name = hubFolderName(hubId, commit);
    const target = join(this.options.store, name);
    for (;;) {
      if (existsSync(target)) return target;
      if (this.options.offline)
        throw DomainError.invalid(
          'source',
          `The service is offline (HUB_OFFLINE), and ${hubId} at ${commit.slice(0, 12)} has not been fetched. Put its folder into the model store as ${name}, or load it by its path.`,
        );
      const running = this.fetching.get(target);
      if (running === undefined) {
        const done = this.fetch(hubId, commit, target, contentHash).finally(() => this.fetching.delete(target));
        this.fetching.set(target, { contentHash, done });
        await done;
      } else if (running.contentHash === contentHash) await running.done;
      else await running.done.catch(() => undefined); // it may have failed for its hash only
    }
  }

  private async fetch(hubId: string, commit: string, target: string, contentHash: string): Promise<void> {
    const drafts = join(this.options.store, '.fetching');
    const name = hubFolderName(hubId, commit);
    const lock = await this.lock(drafts, name, target);
    const draft = join(drafts, `${name}-${randomUUID()}`);
    try {
      if (existsSync(target)) return;
      // What a process left behind that was killed while it had the lock.
      if (lock !== undefined)
        for (const left of await readdir(drafts))
          if (left.startsWith(`${name}-`)) await rm(join(drafts, left), { recursive: true, force: true });
      await mkdir(draft, { recursive: true });
      const folder = await this.download(hubId, commit, draft);
      await readModelFolder(folder); // whole, and something that can be served
      await checkContent(folder, contentHash, `${hubId} at ${commit}`);
      await rename(folder, target).catch((error: NodeJS.ErrnoException) => {
        if (!existsSync(target)) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
      lock?.release();
    }
  }

  /** Waits while another process fetches the same; undefined if there is nothing left to fetch or it takes too long. */
  private async lock(drafts: string, name: string, target: string): Promise<FolderLock | undefined> {
    await mkdir(drafts, { recursive: true });
    const until = performance.now() + waitAtMostMs;
    for (;;) {
      try {
        return lockFolder(drafts, `${name}.lock.`);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        // The lock saves a second download and nothing else: folders appear whole whoever fetches them.
        if (existsSync(target) || performance.now() > until) return undefined;
        await delay(lookEveryMs);
      }
    }
  }

  /** Through the transformers package. The thread and the session it opens are gone afterwards. */
  private async download(hubId: string, commit: string, cacheDir: string): Promise<string> {
    const { url: hubUrl } = this.options;
    const result = await runHubWorker({ hubId, commit, cacheDir, hubUrl });
    if (result.type === 'fetched') return result.folder;
    if (result.type === 'missing')
      throw DomainError.invalid(
        'source',
        `${hubUrl}${hubId} at ${commit} cannot be used as an encoder: ${result.reason}. It needs config.json, tokenizer.json and onnx/model.onnx.`,
      );
    throw new DomainError(
      'UNAVAILABLE',
      `The hub ${hubUrl} cannot be reached (${result.reason}). Without a network, put the encoder's folder (config.json, tokenizer.json, onnx/model.onnx) into the model store or load it by its path.`,
      { field: 'source' },
    );
  }
}

/** The folder of a hub encoder in the store, and so its id: the commit is part of it. */
export function hubFolderName(hubId: string, commit: string): string {
  return `${hubId.replace('/', '--')}@${commit.slice(0, 12)}`;
}

function runHubWorker(data: HubWorkerData): Promise<HubWorkerResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(__dirname, 'hub.worker.js'), { workerData: data });
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The hub worker ended with code ${code}.`)));
  });
}
