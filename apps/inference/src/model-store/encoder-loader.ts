import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import type { DeviceChoice } from '../encoder/devices.js';
import { bookedMemory, type EncoderResources } from '../encoder/encoder.js';
import { checkContent } from './content-hash.js';
import { isLoaded, type KnownEncoder, type LoadedEncoder } from './known-encoder.js';
import type { MemoryBudget, Unloadable } from './memory-budget.js';
import { readModelFolder, type ModelFolder } from './model-folder.js';
import { openEncoder } from './open-encoder.js';

/** How an encoder is to be loaded; absent: whatever its content is, on the device it has or that is configured. */
export interface Wanted {
  readonly contentHash?: string;
  readonly device?: DeviceChoice;
}

export interface LoaderOptions {
  readonly resources: EncoderResources;
  readonly memory: MemoryBudget;
  readonly logger: Logger;
  /** Loaded encoders that could be unloaded to make room. */
  readonly unloadable: () => Unloadable[];
}

/** Loads, swaps and retires encoders: what is loaded is in `known`, by id. */
export class EncoderLoader {
  readonly known = new Map<string, KnownEncoder>();
  /** By folder. */
  private readonly loading = new Map<string, { readonly wanted: Wanted; readonly done: Promise<KnownEncoder> }>();
  /** Encoders out of service, until their threads have ended. */
  private readonly draining = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly options: LoaderOptions) {}

  isLoading(path: string): boolean {
    return this.loading.has(path);
  }

  /**
   * Loads the encoder in a folder, or loads it again if its files or the device are others than those that serve.
   * The same call at the same time shares the work.
   */
  async load(path: string, wanted: Wanted = {}): Promise<KnownEncoder> {
    for (let running = this.loading.get(path); running !== undefined; running = this.loading.get(path)) {
      const failed = await running.done.then(
        () => undefined,
        (error: Error) => error,
      );
      if (failed !== undefined && isDeepStrictEqual(running.wanted, wanted)) throw failed;
      // Files may have changed again since it began: the next look is quick if they have not.
    }
    const done = this.loadFolder(path, wanted).finally(() => this.loading.delete(path));
    this.loading.set(path, { wanted, done });
    return done;
  }

  /** Lets the requests in work end, then frees the threads and the memory. */
  retire({ id, encoder, booking }: LoadedEncoder): Promise<void> {
    const drained = encoder
      .close()
      .catch((error: unknown) => this.options.logger.error({ err: error, model: id }, 'a model could not be freed'))
      .finally(() => {
        booking.release();
        this.draining.delete(drained);
      });
    this.draining.add(drained);
    return drained;
  }

  /** Ends all encoders once nobody uses them. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled([...this.loading.values()].map(({ done }) => done));
    for (const known of this.known.values()) if (isLoaded(known)) void this.retire(known);
    this.known.clear();
    await Promise.all(this.draining);
  }

  private async loadFolder(path: string, wanted: Wanted): Promise<KnownEncoder> {
    if (this.closed) throw new DomainError('UNAVAILABLE', 'The service is stopping.');
    const { resources } = this.options;
    const weights = resources.kserve === undefined ? 'required' : 'optional';
    const folder = await readModelFolder(path, { weights });
    const before = this.known.get(folder.id);
    if (before !== undefined && before.path !== path && before.state !== 'failed')
      throw DomainError.conflict(
        `An encoder "${folder.id}" from ${before.path} is there already; rename one folder.`,
        'source',
      );
    const revision = await checkContent(path, wanted.contentHash ?? '', path);
    const serving = isLoaded(before) ? before : undefined;
    const device = wanted.device ?? serving?.device ?? resources.device;
    const same =
      serving?.revision === revision && serving.device === device && isDeepStrictEqual(serving.folder, folder);
    // What a model server has does not show in files: it is asked again, and the newest version there taken.
    if (same && resources.kserve === undefined) return serving;
    return this.open(folder, revision, device, serving);
  }

  /** @param serving what it takes the place of once it is ready; until then, and if it is refused, that goes on */
  private async open(
    folder: ModelFolder,
    revision: string,
    device: DeviceChoice,
    serving: LoadedEncoder | undefined,
  ): Promise<KnownEncoder> {
    const { resources, memory, logger } = this.options;
    const { id, path } = folder;
    const others = () => this.options.unloadable().filter((other) => other.id !== id);
    // A model server has the weights in its own memory. How many sessions there will be here may still have to be
    // measured: one is the least.
    const elsewhere = resources.kserve !== undefined;
    const booking = memory.book(id, elsewhere ? 0 : bookedMemory(folder, resources.sessions || 1), others());
    if (serving === undefined) this.known.set(id, { id, path, folder, revision, state: 'loading' });
    try {
      const opened = await openEncoder(folder, revision, { ...resources, device }, ({ memoryBytes }) =>
        booking.change(elsewhere ? 0 : memoryBytes, others()),
      );
      const loaded: LoadedEncoder = { id, path, folder, revision, ...opened, booking, device, state: 'ready' };
      this.known.set(id, loaded);
      if (serving !== undefined) void this.retire(serving);
      return loaded;
    } catch (error) {
      booking.release();
      const { message } = error as Error;
      if (serving === undefined) this.known.set(id, { id, path, folder, revision, state: 'failed', error: message });
      else {
        this.known.set(id, { ...serving, error: `What was to take its place was refused: ${message}` });
        logger.error(
          { err: error as Error, model: id },
          'what was to take the place of a model was refused; the old one serves on',
        );
      }
      throw error;
    }
  }
}
