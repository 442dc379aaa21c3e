import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { DomainError } from '@cairn/contracts';
import { Hub } from './hub.js';
import { idPattern } from './model-id.js';

const hubIdPattern = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

export interface ModelStoreOptions {
  /** Read-only folder with encoders. */
  readonly bundled: string;
  /** Writable folder, made when something is written. */
  readonly writable: string;
  /** Ends with "/". */
  readonly hubUrl: string;
  /** Whether nothing may be fetched. */
  readonly hubOffline: boolean;
}

/** Where encoders lie on disk. A bundled one goes before one of the same id in the writable folder. */
export class ModelStore {
  private readonly hub: Hub;

  constructor(private readonly options: ModelStoreOptions) {
    this.hub = new Hub({ store: options.writable, url: options.hubUrl, offline: options.hubOffline });
  }

  /** Folders of all encoders in the store, by id. */
  async folders(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const root of [this.options.bundled, this.options.writable]) {
      const names = await readdir(root).catch(() => []);
      for (const name of names.sort())
        if (idPattern.test(name) && !found.has(name) && existsSync(join(root, name, 'config.json')))
          found.set(name, join(root, name));
    }
    return found;
  }

  /** Where an encoder lies, or undefined. */
  folder(id: string): string | undefined {
    if (!idPattern.test(id)) return undefined;
    return [this.options.bundled, this.options.writable]
      .map((root) => join(root, id))
      .find((path) => existsSync(join(path, 'config.json')));
  }

  /**
   * The folder that a source names: an id in the store, the path of a directory, or a hub id, which is fetched.
   * @param revision commit of a hub id
   * @param contentHash what a folder that has to be fetched must hold; "": whatever it is
   * @throws INVALID_INPUT for a source that is none of them, UNAVAILABLE if the hub cannot be reached
   */
  async locate(source: string, revision: string, contentHash: string): Promise<string> {
    if (source === '')
      throw DomainError.invalid('source', 'Say which encoder: an id in the store, a path, or a hub id.');
    const stored = this.folder(source);
    if (stored !== undefined) return stored;
    const path = resolve(source);
    if (isAbsolute(source) || source.startsWith('.') || existsSync(path)) {
      if (existsSync(path)) return path;
      throw DomainError.invalid('source', `There is no directory ${path}.`);
    }
    if (!hubIdPattern.test(source))
      throw DomainError.invalid(
        'source',
        `"${source}" is no encoder in the store, no directory and no hub id ("owner/name").`,
      );
    if (!/^[0-9a-f]{40}$/.test(revision))
      throw DomainError.invalid(
        'revision',
        `A hub id needs the commit it is pinned to: 40 hexadecimal digits; got "${revision}". The hub shows it under "Files and versions".`,
      );
    return this.hub.folder(source, revision, contentHash);
  }
}
