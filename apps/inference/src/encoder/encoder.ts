import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DomainError, type vectorsV1 } from '@cairn/contracts';
import type { EngineObserver } from '../metrics/observer.js';
import type { EngineGraph, EngineGraphs } from '../model-store/engine-graph.js';
import type { ModelFolder } from '../model-store/model-folder.js';
import { TokenizerQueue } from '../tokenization/tokenizer-queue.js';
import type { ChosenDevice, DeviceChoice } from './devices.js';
import { EncoderPool } from './encoder-pool.js';
import type { EncoderData } from './encoder.worker.js';
import type { EncodingSpec, RequestedSpec } from './encoding-spec.js';
import { logits } from './forward.js';
import { openLayout } from './open-layout.js';
import { pinKserve } from './pin-kserve.js';
import { provenanceOf, resolveSpec } from './resolve-spec.js';
import type { ChosenLayout } from './session-layout.js';

export interface EncoderResources {
  /** 0: measured. */
  readonly sessions: number;
  /** Threads inside each session; 0: measured. */
  readonly threads: number;
  /** Padded tokens of one batch; 0: as fits the device. */
  readonly tokenBudget: number;
  readonly device: DeviceChoice;
  /** The model server that does the forward passes of a model instead of this process. */
  readonly kserve?: (model: string) => { readonly url: string; readonly model: string; readonly timeoutMs: number };
  readonly graphs: EngineGraphs;
  readonly observer: EngineObserver;
  /** Told when a thread dies. */
  readonly onCrash: (error: Error) => void;
}

/** Padded tokens of one batch if nothing else is configured. A core has its full speed from some hundred on, a GPU needs thousands. */
const tokenBudgets = { cpu: 256, cuda: 16_384, webgpu: 8_192 } as const;

/** Of a bulk batch while interactive texts come: a core computes it in some milliseconds, at nearly its full speed. */
const sharedTokenBudgets = { cpu: 96, cuda: 4_096, webgpu: 2_048 } as const;

/** A loaded encoder: its tokenizer and its sessions. */
export class Encoder {
  private users = 0;
  private closing: (() => void) | undefined;

  private constructor(
    readonly folder: ModelFolder,
    /** SHA-256 over its files; with a model server, over what is here of them and what is deployed there. */
    readonly revision: string,
    readonly tokenizer: TokenizerQueue,
    readonly pool: EncoderPool,
    readonly layout: ChosenLayout,
    /** Whether layers other than the last can be asked for. */
    private readonly hiddenStates: boolean,
    /** What was done to its graph, for people. */
    readonly graph: string,
  ) {}

  /**
   * Loads an encoder and lets it encode once.
   * @throws INVALID_INPUT for field "source" if its files do not fit together or it gives no numbers, for field "device"
   *   if the device cannot be used
   */
  static async load(folder: ModelFolder, revision: string, resources: EncoderResources): Promise<Encoder> {
    const [tokenizer, sessions] = await Promise.allSettled([
      TokenizerQueue.start(
        { tokenizerFile: folder.tokenizerFile, configFile: folder.tokenizerConfigFile, maxTokens: folder.maxTokens },
        resources.onCrash,
      ),
      openPool(folder, revision, resources),
    ]);
    if (tokenizer.status === 'fulfilled' && sessions.status === 'fulfilled') {
      const { pool, layout, hiddenStates, graph, content } = sessions.value;
      const encoder = new Encoder(folder, content, tokenizer.value, pool, layout, hiddenStates, graph);
      try {
        await encoder.warmUp();
        return encoder;
      } catch (error) {
        await encoder.close();
        throw error;
      }
    }
    if (tokenizer.status === 'fulfilled') await tokenizer.value.close();
    if (sessions.status === 'fulfilled') await sessions.value.pool.close();
    throw tokenizer.status === 'rejected' ? tokenizer.reason : (sessions as PromiseRejectedResult).reason;
  }

  get id(): string {
    return this.folder.id;
  }

  /** Where it runs, and why there. */
  get device(): ChosenDevice {
    return this.pool.device;
  }

  /** Memory it is booked with, see bookedMemory. */
  get memoryBytes(): number {
    return bookedMemory(this.folder, this.layout.sessions);
  }

  /** What a request wants of it, with everything filled in; throws INVALID_INPUT naming the option that does not fit. */
  spec(requested: RequestedSpec): EncodingSpec {
    if (this.folder.task === 'classification' && !this.hiddenStates)
      throw DomainError.invalid(
        'options.model',
        `${this.id} is a classifier whose hidden states Cairn does not find: it can classify, not embed.`,
      );
    return resolveSpec(requested, this.folder, this.hiddenStates);
  }

  /** The logits of a classifier, `[count, classes]`. */
  logitsSpec(): EncodingSpec {
    return {
      layers: [logits],
      combination: 'mean',
      pooling: 'cls',
      normalize: false,
      dimension: this.folder.classes.length,
    };
  }

  /** What vectors of this encoder say of where they came from. */
  provenance(spec: EncodingSpec): vectorsV1.Provenance {
    return { encoderId: this.id, revision: this.revision, ...provenanceOf(spec, this.folder.layers) };
  }

  /** Unit vectors `[count, dimension]` of a few texts with the encoder's own pooling: for checks, not for requests. */
  async embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array> {
    const spec = this.folder.task === 'classification' ? this.logitsSpec() : this.spec({});
    const tokenized = await this.tokenizer.tokenize(texts, 'end', 'interactive', signal);
    const work = this.pool.encode(tokenized, spec, 'interactive', signal);
    await work.done;
    if (work.failed.length > 0)
      throw DomainError.invalid('source', `The encoder ${this.id} gives vectors that are not numbers (NaN).`);
    return work.vectors;
  }

  /** Runs `work` with this encoder, which is not freed before it has ended. */
  async use<R>(work: () => Promise<R>): Promise<R> {
    this.users++;
    try {
      return await work();
    } finally {
      if (--this.users === 0) this.closing?.();
    }
  }

  /** Frees its threads once nobody uses it. */
  async close(): Promise<void> {
    if (this.users > 0) await new Promise<void>((resolve) => (this.closing = resolve));
    await Promise.all([this.tokenizer.close(), this.pool.close()]);
  }

  private async warmUp(): Promise<void> {
    const vocabulary = await this.tokenizer.vocabularySize();
    const { vocabularySize, tokenizerFile, path } = this.folder;
    if (vocabulary > vocabularySize)
      throw DomainError.invalid(
        'source',
        `${tokenizerFile} has ids up to ${vocabulary - 1}; the encoder in ${path} knows ${vocabularySize}. They belong to different encoders.`,
      );
    await this.embed(['Is the encoder ready?'], new AbortController().signal);
  }
}

/** Bytes of activations that one session holds for a batch token: a feed-forward layer, its copy, and attention. */
const bytesPerToken = (hidden: number) => 4 * hidden * 16;

/**
 * Memory to book for an encoder: in each session the weights that products use, packed; once more all of them, mapped;
 * and what the largest batch needs. An upper bound, so that many models do not end in a killed process.
 */
export function bookedMemory({ fileBytes, dimension }: ModelFolder, sessions: number): number {
  return Math.round(fileBytes * (1 + sessions) + sessions * tokenBudgets.cpu * 4 * bytesPerToken(dimension));
}

async function openPool(folder: ModelFolder, revision: string, resources: EncoderResources) {
  const { kserve, graphs, observer, onCrash, device } = resources;
  const { id, layers, dimension: hidden, padId, classes } = folder;
  let graph: EngineGraph | undefined;
  let backend: EncoderData['backend'];
  let hiddenStates: boolean;
  let content = revision;
  if (kserve === undefined) {
    graph = await graphs.of(folder, revision);
    backend = { type: 'onnx', file: graph.file, threads: 1, device };
    hiddenStates = graph.hiddenStates;
  } else {
    backend = await pinKserve({ type: 'kserve', ...kserve(id) }, { layers });
    hiddenStates = true; // the thread knows what the server has, and says so when asked for more
    // The weights are not here to be hashed: the deployment's name and version stand for them.
    content = createHash('sha256')
      .update(`${revision}\0${backend.model}\0${backend.version ?? ''}`)
      .digest('hex');
  }
  const crashed = (error: Error) => {
    observer.crashed(id);
    onCrash(error);
  };
  const data: EncoderData = { backend, layers, hidden, classes: classes.length, padId };
  const cacheFile = graph && join(graph.folder, 'layout.json');
  const opened = await openLayout(data, {
    sessions: resources.sessions,
    threads: resources.threads,
    tokenBudget: resources.tokenBudget || tokenBudgets.cpu,
    cacheFile,
    weightBytes: folder.fileBytes,
    onCrash: crashed,
  });
  const tokenBudget = resources.tokenBudget || tokenBudgets[opened.device.name];
  const budgets = { tokenBudget, sharedTokenBudget: Math.min(tokenBudget, sharedTokenBudgets[opened.device.name]) };
  const pool = new EncoderPool(opened.sessions, { model: id, device: opened.device, budgets, observer });
  const description = graph?.description ?? `on the model server at ${kserve?.(id).url}`;
  return { pool, layout: opened.layout, hiddenStates, graph: description, content };
}
