import { DomainError, type vectorsV1 } from '@cairn/contracts';
import type { ModelFolder } from '../model-store/model-folder.js';
import { TokenizerQueue } from '../tokenization/tokenizer-queue.js';
import { EncoderPool } from './encoder-pool.js';
import { rowMode, type Pooling } from './pooling.js';

export interface EncoderResources {
  readonly sessions: number;
  /** Threads inside each session. */
  readonly threads: number;
  /** Padded tokens of one batch. */
  readonly tokenBudget: number;
  /** Told when a thread dies. */
  readonly onCrash: (error: Error) => void;
}

/** A loaded encoder: its tokenizer and its sessions. */
export class Encoder {
  private users = 0;
  private closing: (() => void) | undefined;

  private constructor(
    readonly folder: ModelFolder,
    /** SHA-256 over its files. */
    readonly revision: string,
    readonly tokenizer: TokenizerQueue,
    readonly pool: EncoderPool,
  ) {}

  /**
   * Loads an encoder and lets it encode once.
   * @throws INVALID_INPUT for field "source" if its files do not fit together or it gives no numbers
   */
  static async load(folder: ModelFolder, revision: string, resources: EncoderResources): Promise<Encoder> {
    const { sessions, threads, tokenBudget, onCrash } = resources;
    const [tokenizer, pool] = await Promise.allSettled([
      TokenizerQueue.start(
        { tokenizerFile: folder.tokenizerFile, configFile: folder.tokenizerConfigFile, maxTokens: folder.maxTokens },
        onCrash,
      ),
      EncoderPool.start(
        { onnxFile: folder.onnxFile, threads, dimension: folder.dimension, padId: folder.padId },
        sessions,
        tokenBudget,
        onCrash,
      ),
    ]);
    if (tokenizer.status === 'fulfilled' && pool.status === 'fulfilled') {
      const encoder = new Encoder(folder, revision, tokenizer.value, pool.value);
      try {
        await encoder.warmUp();
        return encoder;
      } catch (error) {
        await encoder.close();
        throw error;
      }
    }
    if (tokenizer.status === 'fulfilled') await tokenizer.value.close();
    if (pool.status === 'fulfilled') await pool.value.close();
    throw tokenizer.status === 'rejected' ? tokenizer.reason : (pool as PromiseRejectedResult).reason;
  }

  get id(): string {
    return this.folder.id;
  }

  /** What its vectors say of where they came from. */
  provenance(pooling: Pooling, normalized: boolean): vectorsV1.Provenance {
    const { id: encoderId, revision } = this;
    return { encoderId, revision, layer: -1, pooling, normalized, dimension: this.folder.dimension };
  }

  /** Unit vectors `[count, dimension]` of a few texts with the encoder's own pooling: for checks, not for requests. */
  async embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array> {
    const tokenized = await this.tokenizer.tokenize(texts, 'interactive', signal);
    const work = this.pool.encode(tokenized, rowMode(this.folder.pooling, true), 'interactive', signal);
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
