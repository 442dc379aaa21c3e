/**
 * The journey of a text: admitted -> tokens -> batch -> hidden states -> embedding -> head -> classes or unknown.
 * Threads do the work; this file only says in which order.
 */
import { DomainError, sameProvenance, type DomainErrorCode, type vectorsV1 } from '@cairn/contracts';
import type { Admission } from './batching/admission.js';
import type { Lane } from './batching/lanes.js';
import type { Encoder } from './encoder/encoder.js';
import { rowMode, type Pooling } from './encoder/pooling.js';
import type { HeadStore, StoredHead } from './heads/head-store.js';
import { classifyVectors, type Verdict } from './heads/softmax-head.js';
import type { Encoders } from './model-store/encoders.js';
import { admitText } from './tokenization/admissible-text.js';

/** How texts are to be encoded; absent: the encoder's own way. */
export interface EncodingOptions {
  /** Encoder id; "" for the default one. */
  readonly model: string;
  readonly pooling?: Pooling;
  readonly normalize?: boolean;
  readonly truncate: boolean;
  readonly lane: Lane;
  /** Whether to wait for room in a full service (streams) or to be refused at once. */
  readonly waits: boolean;
  readonly signal: AbortSignal;
}

export interface ItemFault {
  readonly index: number;
  readonly code: DomainErrorCode;
  readonly message: string;
}

/** What became of the texts of one request. */
export interface Encoded {
  /** `[count, dimension]`, row-major; rows of failed texts are zero. */
  readonly vectors: Float32Array;
  readonly provenance: vectorsV1.Provenance;
  /** `[count]`, tokens before the cut; 0 for failed texts that never came to the tokenizer. */
  readonly tokens: Int32Array;
  readonly maxTokens: number;
  readonly faults: ItemFault[];
  readonly timings: { tokenizationUs: number; queueUs: number; inferenceUs: number };
}

export interface Classified {
  readonly head: StoredHead;
  /** One per text or vector. */
  readonly verdicts: (Verdict | undefined)[];
  /** Absent if vectors were given. */
  readonly encoded?: Encoded;
}

/** Rows classified before other work on the event loop gets its turn: well under a millisecond. */
const rowsPerTurn = 32;

export class Pipeline {
  constructor(
    private readonly encoders: Encoders,
    private readonly heads: HeadStore,
    private readonly admission: Admission,
  ) {}

  /** Texts to embeddings. Texts that cannot be encoded are reported one by one; the others are answered. */
  async embed(texts: readonly unknown[], options: EncodingOptions): Promise<Encoded> {
    const encoder = this.encoders.ready(options.model);
    return encoder.use(() => this.encode(encoder, texts, options));
  }

  /** Texts to classes, in one forward pass. The head says how its embeddings are pooled. */
  async classify(
    texts: readonly unknown[],
    headId: string,
    topK: number,
    options: EncodingOptions,
  ): Promise<Classified> {
    const encoder = this.encoders.ready(options.model);
    const head = await this.headFor(headId, encoder);
    const { pooling, normalized } = head.provenance;
    const asTrained = {
      ...options,
      pooling: options.pooling ?? (pooling as Pooling),
      normalize: options.normalize ?? normalized,
    };
    requireProvenance(head, encoder.provenance(asTrained.pooling, asTrained.normalize));
    const encoded = await encoder.use(() => this.encode(encoder, texts, asTrained));
    const failed = new Set(encoded.faults.map(({ index }) => index));
    const verdicts = await this.judge(head, encoded.vectors, topK, options.signal);
    return { head, encoded, verdicts: verdicts.map((verdict, i) => (failed.has(i) ? undefined : verdict)) };
  }

  /** Embeddings that are already there to classes. */
  async classifyVectors(
    vectors: Float32Array,
    provenance: vectorsV1.Provenance | undefined,
    headId: string,
    topK: number,
    options: EncodingOptions,
  ): Promise<Classified> {
    const head = await this.headFor(headId, this.encoders.ready(options.model));
    requireProvenance(head, provenance);
    return { head, verdicts: await this.judge(head, vectors, topK, options.signal) };
  }

  private async encode(encoder: Encoder, texts: readonly unknown[], options: EncodingOptions): Promise<Encoded> {
    const { lane, signal } = options;
    const { dimension, maxTokens } = encoder.folder;
    const pooling = options.pooling ?? encoder.folder.pooling;
    const normalized = options.normalize ?? true;
    const faults: ItemFault[] = [];
    const refuse = (index: number, message: string) => faults.push({ index, code: 'INVALID_INPUT', message });

    const admitted: string[] = [];
    const rows: number[] = [];
    texts.forEach((given, index) => {
      const outcome = admitText(given);
      if ('fault' in outcome) return void refuse(index, outcome.fault);
      admitted.push(outcome.text);
      rows.push(index);
    });

    if (options.waits) await this.admission.enterInTurn(admitted.length, lane, signal);
    else this.admission.enter(admitted.length, lane);
    const entered = performance.now();
    try {
      const tokenized = await encoder.tokenizer.tokenize(admitted, lane, signal);
      const tokenizedAt = performance.now();
      const work = encoder.pool.encode(tokenized, rowMode(pooling, normalized), lane, signal);
      await work.done;
      const endedAt = performance.now();

      const vectors = new Float32Array(texts.length * dimension);
      const tokens = new Int32Array(texts.length);
      rows.forEach((index, row) => {
        tokens[index] = tokenized.tokens[row];
        if (!options.truncate && tokens[index] > maxTokens)
          return void refuse(
            index,
            `The text has ${tokens[index]} tokens; the encoder takes ${maxTokens}. Shorten it, or allow truncation.`,
          );
        vectors.set(work.vectors.subarray(row * dimension, (row + 1) * dimension), index * dimension);
      });
      for (const row of work.failed)
        faults.push({
          index: rows[row],
          code: 'INTERNAL',
          message: 'The encoder gave no numbers for this text (NaN).',
        });
      faults.sort((a, b) => a.index - b.index);
      const startedAt = work.startedAt || tokenizedAt;
      return {
        vectors,
        provenance: encoder.provenance(pooling, normalized),
        tokens,
        maxTokens,
        faults,
        timings: {
          tokenizationUs: microseconds(entered, tokenizedAt),
          queueUs: microseconds(tokenizedAt, startedAt),
          inferenceUs: microseconds(startedAt, endedAt),
        },
      };
    } finally {
      this.admission.leave(admitted.length, performance.now() - entered);
    }
  }

  private async headFor(headId: string, encoder: Encoder): Promise<StoredHead> {
    if (headId !== '') return this.heads.get(headId);
    const head = await this.heads.inUse(encoder.id, encoder.revision);
    if (head !== undefined) return head;
    throw new DomainError('NOT_FOUND', `No head is in use for the encoder ${encoder.id}. Train one and promote it.`, {
      field: 'head_id',
    });
  }

  private async judge(head: StoredHead, vectors: Float32Array, topK: number, signal: AbortSignal): Promise<Verdict[]> {
    const { dimension } = head.provenance;
    const verdicts: Verdict[] = [];
    for (let at = 0; at < vectors.length; at += rowsPerTurn * dimension) {
      signal.throwIfAborted();
      verdicts.push(...classifyVectors(head.head, vectors.subarray(at, at + rowsPerTurn * dimension), topK || 3));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return verdicts;
  }
}

const microseconds = (from: number, to: number) => Math.round(1000 * (to - from));

function requireProvenance(head: StoredHead, given: vectorsV1.Provenance | undefined): void {
  if (given !== undefined && sameProvenance(given, head.provenance)) return;
  const say = (provenance: vectorsV1.Provenance) =>
    `${provenance.encoderId} ${provenance.revision.slice(0, 12)}, layer ${provenance.layer}, ${provenance.pooling}, ${provenance.normalized ? 'normalised' : 'not normalised'}, ${provenance.dimension} components`;
  throw DomainError.invalid(
    'head_id',
    `The head ${head.id} was trained on embeddings of ${say(head.provenance)}; these are ${given === undefined ? 'without provenance' : `of ${say(given)}`}. Train a head on these, or encode as the head wants.`,
  );
}
