/**
 * The journey of a text: admitted -> tokens -> batch -> hidden states -> embedding -> head -> classes or unknown.
 * Threads do the work; this file only says in which order.
 */
import { DomainError, type DomainErrorCode, type vectorsV1 } from '@cairn/contracts';
import type { Admission } from './batching/admission.js';
import type { Lane } from './batching/lanes.js';
import type { Encoder } from './encoder/encoder.js';
import type { EncodingSpec, RequestedSpec } from './encoder/encoding-spec.js';
import type { EngineObserver } from './metrics/observer.js';
import type { Encoders } from './model-store/encoders.js';
import { admitText } from './tokenization/admissible-text.js';

/** What becomes of a text with more tokens than the encoder takes. */
export type Truncate = 'start' | 'end' | 'error';

/** How texts are to be encoded; absent: the encoder's own way. */
export interface EncodingOptions extends RequestedSpec {
  /** Id or alias of an encoder; "" for the default one. */
  readonly model: string;
  readonly truncate: Truncate;
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
  /** `[count, spec.dimension]`, row-major; rows of failed texts are zero. */
  readonly vectors: Float32Array;
  readonly provenance: vectorsV1.Provenance;
  /** `[count]`, tokens before the cut; 0 for failed texts that never came to the tokenizer. */
  readonly tokens: Int32Array;
  readonly maxTokens: number;
  readonly faults: ItemFault[];
  readonly timings: { tokenizationUs: number; queueUs: number; inferenceUs: number };
}

export class Pipeline {
  constructor(
    private readonly encoders: Encoders,
    private readonly admission: Admission,
    private readonly observer: EngineObserver,
  ) {}

  /** Texts to embeddings. */
  async embed(texts: readonly unknown[], options: EncodingOptions): Promise<Encoded> {
    const encoder = this.encoders.ready(options.model);
    return encoder.use(async () => this.encode(encoder, texts, encoder.spec(options), options));
  }

  /**
   * Texts to vectors. Texts that cannot be encoded are reported one by one; the others are answered.
   * @throws OVERLOADED if there is no room and the caller does not wait
   */
  async encode(
    encoder: Encoder,
    texts: readonly unknown[],
    spec: EncodingSpec,
    { lane, signal, truncate, waits }: EncodingOptions,
  ): Promise<Encoded> {
    const { maxTokens } = encoder.folder;
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

    await this.enter(admitted.length, lane, waits, signal);
    const entered = performance.now();
    try {
      const cut = truncate === 'start' ? 'start' : 'end';
      const tokenized = await encoder.tokenizer.tokenize(admitted, cut, lane, signal);
      const tokenizedAt = performance.now();
      const fits = (row: number) => truncate !== 'error' || tokenized.tokens[row] <= maxTokens;
      const work = encoder.pool.encode(tokenized, spec, lane, signal, fits);
      await work.done;
      const endedAt = performance.now();

      const tokens = new Int32Array(texts.length);
      let sum = 0;
      rows.forEach((index, row) => {
        tokens[index] = tokenized.tokens[row];
        sum += tokenized.lengths[row];
        if (!fits(row))
          refuse(
            index,
            `The text has ${tokens[index]} tokens; the encoder takes ${maxTokens}. Shorten it, or allow truncation.`,
          );
      });
      for (const row of work.failed)
        faults.push({
          index: rows[row],
          code: 'INTERNAL',
          message: 'The encoder gave no numbers for this text (NaN).',
        });
      faults.sort((a, b) => a.index - b.index);
      const startedAt = work.startedAt || tokenizedAt;
      const [tokenizationMs, queueMs, inferenceMs] = [
        tokenizedAt - entered,
        startedAt - tokenizedAt,
        endedAt - startedAt,
      ];
      this.observer.request({
        model: encoder.id,
        lane,
        texts: admitted.length,
        tokens: sum,
        tokenizationMs,
        queueMs,
        inferenceMs,
      });
      return {
        vectors: spread(work.vectors, rows, texts.length, spec.dimension),
        provenance: encoder.provenance(spec),
        tokens,
        maxTokens,
        faults,
        timings: {
          tokenizationUs: Math.round(1000 * tokenizationMs),
          queueUs: Math.round(1000 * queueMs),
          inferenceUs: Math.round(1000 * inferenceMs),
        },
      };
    } finally {
      this.admission.leave(admitted.length, performance.now() - entered);
    }
  }

  private async enter(texts: number, lane: Lane, waits: boolean, signal: AbortSignal): Promise<void> {
    if (waits) return this.admission.enterInTurn(texts, lane, signal);
    try {
      this.admission.enter(texts, lane);
    } catch (error) {
      if (error instanceof DomainError) this.observer.rejected(error.code, lane, texts);
      throw error;
    }
  }
}

/** Puts each row where its text was; where no text was refused that is how they lie already. */
function spread(vectors: Float32Array, rows: readonly number[], count: number, dimension: number): Float32Array {
  if (rows.length === count) return vectors;
  const all = new Float32Array(count * dimension);
  rows.forEach((index, row) => all.set(vectors.subarray(row * dimension, (row + 1) * dimension), index * dimension));
  return all;
}
