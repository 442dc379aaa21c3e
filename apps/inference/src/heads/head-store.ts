import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, type vectorsV1 } from '@cairn/contracts';
import { layoutOf, packArrays, unpackArrays, type ArrayLayout } from './head-arrays.js';
import type { HeadFigures } from './head-figures.js';
import type { SoftmaxHead } from './softmax-head.js';
import type { TrainedHead, TrainingParameters } from './train-head.js';
import { hashRecord, packRecord, unpackRecord, type TrainingRecord } from './training-record.js';
import type { UnknownDetector } from './unknown-detector.js';

/** A head with all that is known of it. */
export interface StoredHead {
  /** SHA-256, shortened to 128 bits, over weights and settings. */
  readonly id: string;
  readonly head: SoftmaxHead;
  readonly provenance: vectorsV1.Provenance;
  readonly figures: HeadFigures;
  readonly unknown: UnknownDetector;
  /** As used: `l2` is what was chosen if none was given. */
  readonly parameters: TrainingParameters;
  readonly parentHeadId: string;
  readonly createdAtMs: number;
  /** SHA-256 over the keys and classes of its examples; absent if they had none. */
  readonly dataHash?: string;
}

/** head.json: all but the arrays, which are in weights.bin. Format 1 was before heads had radii and a memory. */
type HeadFile = Omit<StoredHead, 'head'> & {
  readonly format: 1 | 2;
  readonly arrays?: ArrayLayout;
  readonly classes: readonly string[];
  readonly temperature: number;
};

const idPattern = /^[0-9a-f]{32}$/;
/** Another replica's promotion is noticed within this time. */
const pointerMaxAgeMs = 1000;
/** Heads kept in memory. */
const cachedHeads = 16;

/**
 * Heads on disk, `heads/<id>/{head.json,weights.bin,record.bin}`, and which one is in use for an encoder,
 * `heads/in-use/<encoder>@<revision>.json`. Everything appears whole, by a rename; heads never change.
 */
export class HeadStore {
  private readonly cache = new Map<string, StoredHead>();
  private readonly pointers = new Map<
    string,
    { readonly readAt: number; readonly stamp: string; readonly id: string }
  >();

  /** @param folder of the heads; made when the first is stored */
  constructor(private readonly folder: string) {}

  /** Stores a trained head. The same weights and settings give the id of the head that is there already. */
  async put(
    trained: TrainedHead,
    provenance: vectorsV1.Provenance,
    parameters: TrainingParameters,
    parentHeadId: string,
  ): Promise<StoredHead> {
    const { head, figures, unknown } = trained;
    const used = { ...parameters, l2: trained.l2 };
    const weights = packArrays(head);
    const arrays = layoutOf(head);
    const { classes, temperature } = head;
    const { record } = trained;
    const data = record && { dataHash: hashRecord(record, classes) };
    const settings = JSON.stringify({ classes, temperature, arrays, unknown, provenance, parameters: used, ...data });
    const id = createHash('sha256').update(settings).update(weights).digest('hex').slice(0, 32);
    const lineage = { parentHeadId, createdAtMs: Date.now(), ...data };
    const stored = { id, provenance, figures, unknown, parameters: used, ...lineage };
    const file: HeadFile = { format: 2, ...stored, classes, temperature, arrays };
    const target = join(this.folder, id);
    const draft = join(this.folder, `.${id}-${randomUUID()}`);
    await mkdir(draft, { recursive: true });
    await writeFile(join(draft, 'weights.bin'), weights);
    if (record !== undefined) await writeFile(join(draft, 'record.bin'), packRecord(record));
    await writeFile(join(draft, 'head.json'), `${JSON.stringify(file, null, 2)}\n`);
    try {
      await rename(draft, target);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    return this.get(id);
  }

  /** @throws NOT_FOUND */
  async get(id: string): Promise<StoredHead> {
    const cached = this.cache.get(id);
    if (cached !== undefined) return cached;
    const stored = idPattern.test(id) ? await this.read(id) : undefined;
    if (stored === undefined) throw new DomainError('NOT_FOUND', `There is no head "${id}".`, { field: 'head_id' });
    if (this.cache.size >= cachedHeads) this.cache.delete(this.cache.keys().next().value as string);
    this.cache.set(id, stored);
    return stored;
  }

  /**
   * What its training said of held-out examples; undefined for a head without: trained before there was one, or on
   * examples without keys.
   * @throws NOT_FOUND
   */
  async record(id: string): Promise<TrainingRecord | undefined> {
    await this.get(id);
    const bytes = await readFile(join(this.folder, id, 'record.bin')).catch(() => undefined);
    return bytes && unpackRecord(bytes);
  }

  /** All heads, newest first. */
  async list(): Promise<StoredHead[]> {
    const names = await readdir(this.folder).catch(() => []);
    const heads = await Promise.all(names.filter((name) => idPattern.test(name)).map((id) => this.get(id)));
    return heads.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1));
  }

  /** Makes a head the one in use for its encoder. */
  async promote(id: string): Promise<StoredHead> {
    const stored = await this.get(id);
    const pointer = this.pointerFile(stored.provenance.encoderId, stored.provenance.revision);
    await mkdir(join(this.folder, 'in-use'), { recursive: true });
    const draft = `${pointer}.${randomUUID()}`;
    await writeFile(draft, `${JSON.stringify({ headId: id })}\n`);
    await rename(draft, pointer);
    this.pointers.delete(pointer);
    return stored;
  }

  /** The head in use for an encoder's revision, or undefined. Looks at the disk at most once a second. */
  async inUse(encoderId: string, revision: string): Promise<StoredHead | undefined> {
    const id = await this.idInUse(encoderId, revision);
    return id === undefined ? undefined : this.get(id);
  }

  async isInUse({ id, provenance }: StoredHead): Promise<boolean> {
    return (await this.idInUse(provenance.encoderId, provenance.revision)) === id;
  }

  private async idInUse(encoderId: string, revision: string): Promise<string | undefined> {
    const file = this.pointerFile(encoderId, revision);
    const known = this.pointers.get(file);
    const now = Date.now();
    if (known !== undefined && now - known.readAt < pointerMaxAgeMs) return known.id;
    const status = await stat(file).catch(() => undefined);
    if (status === undefined) return undefined;
    const stamp = `${status.ino} ${status.mtimeMs}`;
    const id =
      known?.stamp === stamp ? known.id : (JSON.parse(await readFile(file, 'utf8')) as { headId: string }).headId;
    this.pointers.set(file, { readAt: now, stamp, id });
    return id;
  }

  private pointerFile(encoderId: string, revision: string): string {
    return join(this.folder, 'in-use', `${encoderId}@${revision.slice(0, 16)}.json`);
  }

  private async read(id: string): Promise<StoredHead | undefined> {
    const text = await readFile(join(this.folder, id, 'head.json'), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const { format: _format, arrays = {}, classes, temperature, ...stored } = JSON.parse(text) as HeadFile;
    const { dimension } = stored.provenance;
    const bytes = await readFile(join(this.folder, id, 'weights.bin'));
    const { method, threshold, mix } = stored.unknown;
    const unknown = { method, threshold, ...(mix !== undefined && { mix }) };
    try {
      const unpacked = unpackArrays(bytes, classes.length, dimension, arrays);
      return { ...stored, head: { classes, dimension, temperature, unknown, ...unpacked } };
    } catch (error) {
      throw new Error(`weights.bin of the head ${id} ${(error as Error).message}`);
    }
  }
}
