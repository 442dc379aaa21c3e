import { basename } from 'node:path';
import { DomainError } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import { deviceChoices, type DeviceChoice } from '../encoder/devices.js';
import type { Encoder, EncoderResources } from '../encoder/encoder.js';
import type { Aliases, AliasTarget } from './aliases.js';
import { toContentHash } from './content-hash.js';
import { EncoderLoader } from './encoder-loader.js';
import { isLoaded, type KnownEncoder } from './known-encoder.js';
import type { MemoryBudget, Unloadable } from './memory-budget.js';
import { readModelFolder } from './model-folder.js';
import { idPattern, idRule } from './model-id.js';
import type { ModelStore } from './model-store.js';
import { revisionOf } from './revision.js';

/** The alias that requests without a model go to, where it is set: a promoted encoder, after a restart too. */
export const defaultAlias = 'default';

export interface LoadOptions {
  /** Commit of a hub id. */
  readonly revision?: string;
  /** SHA-256 that the content must have; "": whatever it is. */
  readonly contentHash?: string;
  /** "": the one it has, or that is configured. */
  readonly device?: string;
}

export interface EncodersOptions {
  readonly store: ModelStore;
  readonly aliases: Aliases;
  readonly memory: MemoryBudget;
  readonly defaultId: string;
  readonly resources: EncoderResources;
  readonly logger: Logger;
}

/**
 * The encoders of this process, by id and by alias: which are loaded, loading or refused, and what may become of them.
 * An encoder that `ready` gave and that is used in the same turn of the event loop serves to the end, whatever happens
 * to its id meanwhile.
 */
export class Encoders {
  private readonly loader: EncoderLoader;
  /** Changes of aliases and unloading, one after the other: an alias must not come to stand for nothing. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: EncodersOptions) {
    const { resources, memory, logger } = options;
    this.loader = new EncoderLoader({ resources, memory, logger, unloadable: () => this.unloadable() });
  }

  /** The encoder of requests that name none: what the alias "default" stands for, else the configured one. */
  get defaultId(): string {
    const promoted = this.options.aliases.get(defaultAlias)?.model;
    return promoted !== undefined && isLoaded(this.loader.known.get(promoted)) ? promoted : this.options.defaultId;
  }

  /**
   * Loads the default encoder; the service is not ready without it.
   * @throws INVALID_INPUT, in one line, if it is missing or refused
   */
  async loadDefault(): Promise<Encoder> {
    const { defaultId } = this.options;
    const path = this.options.store.folder(defaultId);
    if (path === undefined)
      throw DomainError.invalid(
        'source',
        `The encoder "${defaultId}" is in none of the model folders. Put it there, or name another one in DEFAULT_ENCODER.`,
      );
    const { encoder } = await this.loader.load(path);
    return encoder as Encoder;
  }

  /** Loads what the alias "default" stands for, if it is set: requests without a model mean it from the first one on. */
  async loadPromoted(): Promise<void> {
    await this.options.aliases.refresh();
    const promoted = this.options.aliases.get(defaultAlias);
    if (promoted !== undefined) await this.loadAliasTarget(defaultAlias, promoted);
  }

  /**
   * Loads what aliases stand for, one after the other, and what they are moved to from then on. What cannot be loaded
   * is logged: the others serve.
   */
  async loadAliased(): Promise<void> {
    const { aliases } = this.options;
    await aliases.follow((alias, target) => void this.loadAliasTarget(alias, target));
    for (const [alias, target] of aliases.entries()) await this.loadAliasTarget(alias, target);
  }

  /**
   * The loaded encoder of an id, else of an alias; the default one for "".
   * @throws NOT_FOUND, INVALID_INPUT if it is not loaded, UNAVAILABLE while it is being loaded
   */
  ready(idOrAlias: string): Encoder {
    const { known } = this.loader;
    const asked = idOrAlias || this.defaultId;
    const id = isLoaded(known.get(asked)) ? asked : (this.options.aliases.get(asked)?.model ?? asked);
    const { encoder, state } = known.get(id) ?? {};
    if (encoder !== undefined) return encoder;
    const field = 'options.model';
    const name = id === asked ? `The encoder "${id}"` : `"${asked}" stands for the encoder "${id}", which`;
    if (state === 'loading')
      throw new DomainError('UNAVAILABLE', `${name} is being loaded; try again in a moment.`, { field });
    if (state !== undefined || id !== asked || this.options.store.folder(id) !== undefined)
      throw DomainError.invalid(field, `${name} is not loaded; load it first (LoadModel).`);
    throw new DomainError('NOT_FOUND', `There is no encoder "${id}".`, { field });
  }

  /** Encoders that are loaded, each once. */
  *loaded(): Iterable<Encoder> {
    for (const { encoder } of this.loader.known.values()) if (encoder !== undefined) yield encoder;
  }

  /** All encoders in the store, and those from elsewhere that are known or have an alias, by id. */
  async list(): Promise<KnownEncoder[]> {
    const { store, aliases } = this.options;
    const folders = await store.folders();
    for (const [, { model, path }] of aliases.entries()) if (!folders.has(model)) folders.set(model, path);
    for (const { id, path } of this.loader.known.values()) folders.set(id, path);
    const all = await Promise.all([...folders].map(([id, path]) => this.inspect(id, path)));
    return all.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * @param idOrAlias "" for the default encoder
   * @throws NOT_FOUND
   */
  async get(idOrAlias: string): Promise<KnownEncoder> {
    const { store, aliases } = this.options;
    const asked = idOrAlias || this.defaultId;
    const path = this.loader.known.get(asked)?.path ?? store.folder(asked);
    if (path !== undefined) return this.inspect(asked, path);
    const target = aliases.get(asked);
    if (target === undefined) throw DomainError.notFound('encoder', asked);
    return this.inspect(target.model, store.folder(target.model) ?? target.path);
  }

  aliasesOf(id: string): string[] {
    return this.options.aliases.of(id);
  }

  /**
   * Loads an encoder from the store, a directory or a hub, and checks its golden vectors. A loaded one is loaded again
   * if its files, or the device asked for, are others: the new one takes its place once it is ready, requests in work
   * end on the old one. If the new one is refused, the old one goes on. On a model server, its newest version is taken.
   * @throws INVALID_INPUT for field "source", "revision", "content_hash" or "device" with what is wrong; CONFLICT if
   *   another encoder has the id or there is no memory for it; UNAVAILABLE if the hub cannot be reached
   */
  async load(source: string, options: LoadOptions = {}): Promise<KnownEncoder> {
    const contentHash = toContentHash(options.contentHash ?? '');
    const device = toDevice(options.device ?? '');
    const path = await this.options.store.locate(source, options.revision ?? '', contentHash);
    this.checkName(path);
    return this.loader.load(path, { contentHash, device });
  }

  /**
   * Takes an encoder out of service and frees its threads once the requests in work are done.
   * @throws INVALID_INPUT for the default encoder, CONFLICT if aliases stand for it or it is being loaded
   */
  async unload(idOrAlias: string): Promise<KnownEncoder> {
    const { known, drained } = await this.inTurn(async () => {
      await this.options.aliases.refresh();
      const known = await this.get(idOrAlias);
      const { id, path } = known;
      if (id === this.defaultId || id === this.options.defaultId)
        throw DomainError.invalid('id', 'The default encoder cannot be unloaded: requests without a model go to it.');
      if (this.loader.isLoading(path))
        throw DomainError.conflict(`The encoder "${id}" is being loaded; unload it once it is there.`, 'id');
      const aliases = isLoaded(known) ? this.aliasesOf(id) : [];
      if (aliases.length > 0)
        throw DomainError.conflict(
          `The encoder "${id}" serves as ${aliases.join(', ')}; first move or remove what stands for it.`,
          'id',
        );
      this.loader.known.delete(id);
      return { known, drained: isLoaded(known) ? this.loader.retire(known) : undefined };
    });
    await drained;
    return this.inspect(known.id, known.path);
  }

  /**
   * Lets an alias stand for a loaded encoder. Requests get the old one until it is stored, then the new one.
   * @param model "" removes the alias
   * @returns the encoder; undefined if the alias was removed
   * @throws INVALID_INPUT, CONFLICT or NOT_FOUND for field "alias" or "model"
   */
  setAlias(alias: string, model: string): Promise<KnownEncoder | undefined> {
    return this.inTurn(async () => {
      const { aliases, store } = this.options;
      const { known } = this.loader;
      if (!idPattern.test(alias)) throw DomainError.invalid('alias', `An alias is made of ${idRule}; got "${alias}".`);
      await aliases.refresh();
      if (model === '') {
        if (aliases.get(alias) === undefined)
          throw new DomainError('NOT_FOUND', `There is no alias "${alias}".`, { field: 'alias' });
        await aliases.remove(alias);
        return undefined;
      }
      if (known.has(alias) || store.folder(alias) !== undefined)
        throw DomainError.conflict(`"${alias}" is the id of an encoder; choose another name.`, 'alias');
      const target = known.get(model);
      if (!isLoaded(target)) {
        if (target !== undefined || store.folder(model) !== undefined)
          throw DomainError.invalid('model', `The encoder "${model}" is not loaded; load it first (LoadModel).`);
        if (aliases.get(model) !== undefined)
          throw DomainError.invalid('model', `"${model}" is an alias itself; name the encoder.`);
        throw new DomainError('NOT_FOUND', `There is no encoder "${model}".`, { field: 'model' });
      }
      await aliases.set(alias, { model, path: target.path });
      return target;
    });
  }

  /** Ends all encoders once nobody uses them. */
  async close(): Promise<void> {
    this.options.aliases.close();
    await this.loader.close();
  }

  private async loadAliasTarget(alias: string, { model, path }: AliasTarget): Promise<void> {
    const { store, logger } = this.options;
    if (isLoaded(this.loader.known.get(model))) return;
    try {
      await this.loader.load(store.folder(model) ?? path);
      logger.info({ model, alias }, 'the model that an alias stands for is loaded');
    } catch (error) {
      logger.error({ err: error as Error, model, alias }, 'the model that an alias stands for could not be loaded');
    }
  }

  /** An id must be one that requests can name, and nobody else's. */
  private checkName(path: string): void {
    const id = basename(path);
    if (!idPattern.test(id))
      throw DomainError.invalid('source', `The folder's name is the encoder's id, made of ${idRule}; got "${id}".`);
    const target = this.options.aliases.get(id);
    if (target !== undefined && !this.loader.known.has(id))
      throw DomainError.conflict(
        `"${id}" is an alias of the encoder "${target.model}"; rename the folder or remove the alias.`,
        'source',
      );
  }

  /** What could make room for another encoder. */
  private unloadable(): Unloadable[] {
    return [...this.loader.known.values()]
      .filter(isLoaded)

      .filter(({ id }) => id !== this.options.defaultId && this.aliasesOf(id).length === 0)
      .map(({ id, booking }) => ({ id, bytes: booking.bytes }));
  }

  private inTurn<R>(change: () => Promise<R>): Promise<R> {
    const done = this.turn.then(change);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** What is known of an encoder, or can be said of one that nobody has loaded. */
  private async inspect(id: string, path: string): Promise<KnownEncoder> {
    const known = this.loader.known.get(id);
    if (known !== undefined) return known;
    const weights = this.options.resources.kserve === undefined ? 'required' : 'optional';
    try {
      const folder = await readModelFolder(path, { weights });
      return { id, path, folder, revision: await revisionOf(path), state: 'available' };
    } catch (error) {
      return { id, path, state: 'failed', error: (error as Error).message };
    }
  }
}

function toDevice(given: string): DeviceChoice | undefined {
  const device = given === '' ? undefined : deviceChoices.find((choice) => choice === given);
  if (given !== '' && device === undefined)
    throw DomainError.invalid('device', `There is no device "${given}"; use ${deviceChoices.join(', ')}.`);
  return device;
}
