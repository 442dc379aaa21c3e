import { DomainError } from '@cairn/contracts';
import { Encoder, type EncoderResources } from '../encoder/encoder.js';
import { checkGoldenVectors } from './golden-vectors.js';
import { readModelFolder, type ModelFolder } from './model-folder.js';
import type { ModelStore } from './model-store.js';
import { revisionOf } from './revision.js';

export type EncoderState = 'available' | 'loading' | 'ready' | 'failed';

/** An encoder in the store or from elsewhere, loaded or not. */
export interface KnownEncoder {
  readonly id: string;
  readonly state: EncoderState;
  /** Absent if its small files cannot be read. */
  readonly folder?: ModelFolder;
  readonly revision?: string;
  /** Present when ready. */
  readonly encoder?: Encoder;
  /** Present when ready and it came with golden vectors. */
  readonly goldenDifference?: number;
  /** Why it failed. */
  readonly error?: string;
}

/** The encoders of this process: which are loaded, loading or refused, and loading and freeing them. */
export class Encoders {
  private readonly known = new Map<string, KnownEncoder & { readonly path: string }>();
  private readonly loading = new Map<string, Promise<KnownEncoder>>();

  constructor(
    private readonly store: ModelStore,
    readonly defaultId: string,
    private readonly resources: EncoderResources,
  ) {}

  /**
   * Loads the default encoder; the service is not ready without it.
   * @throws INVALID_INPUT, in one line, if it is missing or refused
   */
  async loadDefault(): Promise<Encoder> {
    const folder = this.store.folder(this.defaultId);
    if (folder === undefined)
      throw DomainError.invalid(
        'source',
        `The encoder "${this.defaultId}" is in none of the model folders. Put it there, or name another one in DEFAULT_ENCODER.`,
      );
    return (await this.loadFrom(folder)).encoder as Encoder;
  }

  /** The loaded encoder of an id; the default one for "". */
  ready(id: string): Encoder {
    const { encoder } = this.known.get(id || this.defaultId) ?? {};
    if (encoder !== undefined) return encoder;
    if (this.known.has(id) || this.store.folder(id) !== undefined)
      throw DomainError.invalid('options.model', `The encoder "${id}" is not loaded; load it first (LoadModel).`);
    throw new DomainError('NOT_FOUND', `There is no encoder "${id}".`, { field: 'options.model' });
  }

  /** All encoders in the store, and those loaded from elsewhere, by id. */
  async list(): Promise<KnownEncoder[]> {
    const folders = await this.store.folders();
    for (const { id, path } of this.known.values()) folders.set(id, path);
    const all = await Promise.all([...folders].map(([id, path]) => this.known.get(id) ?? this.inspect(id, path)));
    return all.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @throws NOT_FOUND */
  async get(id: string): Promise<KnownEncoder> {
    const known = this.known.get(id || this.defaultId);
    if (known !== undefined) return known;
    const path = this.store.folder(id);
    if (path === undefined) throw DomainError.notFound('encoder', id);
    return this.inspect(id, path);
  }

  /**
   * Loads an encoder from the store, a directory or a hub, and checks its golden vectors. Loading a loaded one again
   * changes nothing.
   * @throws INVALID_INPUT for field "source" with what is wrong; CONFLICT if another encoder has the id
   */
  async load(source: string, revision: string): Promise<KnownEncoder> {
    return this.loadFrom(await this.store.locate(source, revision));
  }

  /** Frees an encoder's threads, once the requests in work are done. */
  async unload(id: string): Promise<KnownEncoder> {
    if (id === '' || id === this.defaultId)
      throw DomainError.invalid('id', 'The default encoder cannot be unloaded: requests without a model go to it.');
    const known = await this.get(id);
    if (known.encoder === undefined) return known;
    this.known.delete(id);
    await known.encoder.close();
    return { ...known, encoder: undefined, goldenDifference: undefined, state: 'available' };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.loading.values());
    await Promise.all([...this.known.values()].map(({ encoder }) => encoder?.close()));
    this.known.clear();
  }

  private loadFrom(path: string): Promise<KnownEncoder> {
    const running = this.loading.get(path);
    if (running !== undefined) return running;
    const loading = this.loadFolder(path).finally(() => this.loading.delete(path));
    this.loading.set(path, loading);
    return loading;
  }

  private async loadFolder(path: string): Promise<KnownEncoder> {
    const folder = await readModelFolder(path);
    const { id } = folder;
    const before = this.known.get(id);
    if (before !== undefined && before.path !== path)
      throw DomainError.conflict(
        `An encoder "${id}" from ${before.path} is there already; rename one folder.`,
        'source',
      );
    if (before?.encoder !== undefined) return before;
    this.known.set(id, { id, path, folder, state: 'loading' });
    try {
      const revision = await revisionOf(path);
      const encoder = await Encoder.load(folder, revision, this.resources);
      let goldenDifference: number | undefined;
      try {
        if (folder.goldenFile !== undefined) goldenDifference = await checkGoldenVectors(encoder, folder.goldenFile);
      } catch (error) {
        await encoder.close();
        throw error;
      }
      const ready = { id, path, folder, revision, encoder, goldenDifference, state: 'ready' as const };
      this.known.set(id, ready);
      return ready;
    } catch (error) {
      this.known.set(id, { id, path, folder, state: 'failed', error: (error as Error).message });
      throw error;
    }
  }

  /** What can be said of an encoder that is not loaded. */
  private async inspect(id: string, path: string): Promise<KnownEncoder> {
    try {
      return { id, folder: await readModelFolder(path), revision: await revisionOf(path), state: 'available' };
    } catch (error) {
      return { id, state: 'failed', error: (error as Error).message };
    }
  }
}
