/** Texts or vectors to classes: by a trained head, or by the head that a sequence classifier brings with it. */
import { DomainError, sameProvenance, type vectorsV1 } from '@cairn/contracts';
import type { Encoder } from './encoder/encoder.js';
import type { HeadStore, StoredHead } from './heads/head-store.js';
import { judgeLogits } from './heads/own-head.js';
import { classifyVectors, type Verdict } from './heads/softmax-head.js';
import type { Encoders } from './model-store/encoders.js';
import type { Encoded, EncodingOptions, Pipeline } from './pipeline.js';

export interface Classified {
  /** Absent if the model is a classifier with a head of its own. */
  readonly head?: StoredHead;
  /** One per text or vector. */
  readonly verdicts: (Verdict | undefined)[];
  /** Absent if vectors were given. */
  readonly encoded?: Encoded;
  /** Whether `encoded.vectors` are embeddings; the logits of a classifier are not. */
  readonly embeddings: boolean;
}

/** Rows classified before other work on the event loop gets its turn: well under a millisecond. */
const rowsPerTurn = 32;

export class Classification {
  constructor(
    private readonly encoders: Encoders,
    private readonly heads: HeadStore,
    private readonly pipeline: Pipeline,
  ) {}

  /** Texts to classes, in one forward pass. The head says how its embeddings are pooled. */
  async ofTexts(
    texts: readonly unknown[],
    headId: string,
    topK: number,
    options: EncodingOptions,
  ): Promise<Classified> {
    const encoder = this.encoders.ready(options.model);
    if (encoder.folder.task === 'classification' && headId === '')
      return encoder.use(() => this.byOwnHead(encoder, texts, topK, options));
    return encoder.use(async () => {
      const head = await this.headFor(headId, encoder);
      const spec = encoder.spec({ ...asTrained(head.provenance), ...given(options) });
      requireProvenance(head, encoder.provenance(spec));
      const encoded = await this.pipeline.encode(encoder, texts, spec, options);
      const verdicts = await this.judge(head, encoded.vectors, topK, options.signal);
      return { head, encoded, verdicts: withoutFailed(verdicts, encoded), embeddings: true };
    });
  }

  /** Embeddings that are already there to classes. */
  async ofVectors(
    vectors: Float32Array,
    provenance: vectorsV1.Provenance | undefined,
    headId: string,
    topK: number,
    options: EncodingOptions,
  ): Promise<Classified> {
    const head = await this.headFor(headId, this.encoders.ready(options.model));
    requireProvenance(head, provenance);
    return { head, verdicts: await this.judge(head, vectors, topK, options.signal), embeddings: true };
  }

  private async byOwnHead(
    encoder: Encoder,
    texts: readonly unknown[],
    topK: number,
    options: EncodingOptions,
  ): Promise<Classified> {
    const { classes, problemType } = encoder.folder;
    const encoded = await this.pipeline.encode(encoder, texts, encoder.logitsSpec(), options);
    const verdicts = judgeLogits(encoded.vectors, classes, problemType === 'multi_label_classification', topK || 3);
    return { encoded, verdicts: withoutFailed(verdicts, encoded), embeddings: false };
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

/** The spec that vectors of a provenance were made by. */
function asTrained({ layer, layers, pooling, normalized, dimension }: vectorsV1.Provenance): Partial<EncodingOptions> {
  const several = /^(mean|concat)\(([-\d,]+)\)$/.exec(layers ?? '');
  return {
    layers: several === null ? [layer] : several[2].split(',').map(Number),
    combination: several?.[1],
    pooling,
    normalize: normalized,
    dimensions: dimension,
  };
}

/** What a request says itself goes before what the head was trained on, and is then refused if it does not fit. */
function given(options: EncodingOptions): Partial<EncodingOptions> {
  const said = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(said);
}

function withoutFailed(verdicts: readonly Verdict[], { faults }: Encoded): (Verdict | undefined)[] {
  const failed = new Set(faults.map(({ index }) => index));
  return verdicts.map((verdict, i) => (failed.has(i) ? undefined : verdict));
}

function requireProvenance(head: StoredHead, given: vectorsV1.Provenance | undefined): void {
  if (given !== undefined && sameProvenance(given, head.provenance)) return;
  const say = ({ encoderId, revision, layer, layers, pooling, normalized, dimension }: vectorsV1.Provenance) =>
    `${encoderId} ${revision.slice(0, 12)}, layer ${layers || layer}, ${pooling}, ${normalized ? 'normalised' : 'not normalised'}, ${dimension} components`;
  throw DomainError.invalid(
    'head_id',
    `The head ${head.id} was trained on embeddings of ${say(head.provenance)}; these are ${given === undefined ? 'without provenance' : `of ${say(given)}`}. Train a head on these, or encode as the head wants.`,
  );
}
