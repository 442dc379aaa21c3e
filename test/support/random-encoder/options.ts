/** How the graph of a random encoder is put together; each value imitates what some exporter writes. */
export interface ExportStyle {
  /** One LayerNormalization (opset 17), or ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul, Add. */
  readonly layerNorm: 'fused' | 'decomposed';
  /**
   * `erf-decomposed`: x · (1 + erf(x/√2)) · 0.5; `erf-half-first`: 0.5 · x · (1 + erf(x/√2));
   * `tanh-decomposed`: the tanh approximation in eight operators; `op`, `op-tanh`: one Gelu (opset 20).
   */
  readonly gelu: 'erf-decomposed' | 'erf-half-first' | 'tanh-decomposed' | 'op' | 'op-tanh';
  /** Shapes of the heads computed by Shape, Gather, Unsqueeze, Concat; or constants `[0, 0, heads, size]`. */
  readonly reshape: 'dynamic' | 'static';
  /**
   * `eager`: scores divided by √size, then the mask (added, or for DistilBERT put in by Where); `sdpa`: what
   * scaled_dot_product_attention is traced to: queries and keys each multiplied by the root of the scale, which is
   * computed from the shape of the queries, and the mask expanded to [batch, 1, tokens, tokens].
   */
  readonly attention: 'eager' | 'sdpa';
  /** Small constants as Constant operators, or as initializers, equal ones shared as graph optimisers leave them. */
  readonly constants: 'nodes' | 'initializers';
  /** `scoped`: /encoder/layer.0/…/MatMul_output_0, as TorchScript exports; `numbered`: val_12, as torch.export does. */
  readonly names: 'scoped' | 'numbered';
  /** Score of a padded token. −∞ only where Where puts it in (DistilBERT, or sdpa). */
  readonly maskValue: number;
  /** Version of the operator set; default: the oldest from 14 that has the operators. From 11 to 20. */
  readonly opset: number;
}

/** The sizes and the kind of a random encoder. What the weights are depends on these and the seed alone. */
export interface EncoderShape {
  readonly family: 'bert' | 'distilbert' | 'roberta';
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly vocab: number;
  /** Longest sequence, special tokens included. */
  readonly maxPosition: number;
  readonly task: 'encoder' | 'sequence-classification';
  /** Number of classes of a sequence classifier. */
  readonly labels: number;
  readonly problemType: 'single_label_classification' | 'multi_label_classification';
  /** Standard deviation of weights and embeddings. */
  readonly weightScale: number;
  readonly seed: number;
}

export type RandomEncoderOptions = Partial<EncoderShape & ExportStyle>;
export type ResolvedOptions = EncoderShape & ExportStyle;

/** Ready-made sizes. */
export const shapes = {
  /** Small enough for golden values; weights large enough for mistakes to show in them. */
  tiny: { layers: 2, hidden: 16, heads: 2, intermediate: 32, vocab: 60, maxPosition: 12, weightScale: 0.25 },
  /** A quick encoder that still has work to do. */
  small: { layers: 3, hidden: 64, heads: 4, intermediate: 256, vocab: 2000, maxPosition: 128 },
  /** The sizes of all-MiniLM-L6-v2. */
  minilm: { layers: 6, hidden: 384, heads: 12, intermediate: 1536, vocab: 30_522, maxPosition: 512 },
} as const satisfies Record<string, RandomEncoderOptions>;

const defaults = {
  ...shapes.small,
  family: 'bert',
  task: 'encoder',
  labels: 3,
  problemType: 'single_label_classification',
  weightScale: 0.02,
  seed: 1,
  layerNorm: 'fused',
  gelu: 'erf-decomposed',
  reshape: 'dynamic',
  attention: 'eager',
  constants: 'nodes',
  names: 'scoped',
  /** The smallest float32: torch.finfo(torch.float32).min. */
  maskValue: -3.4028234663852886e38,
} as const satisfies Omit<ResolvedOptions, 'opset'>;

/**
 * The options with every default filled in; the sizes default to `shapes.small`.
 * @throws RangeError if they cannot go together
 */
export function resolveOptions(options: RandomEncoderOptions): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const merged: Omit<ResolvedOptions, 'opset'> & { opset?: number } = { ...defaults, ...given };
  const needed = merged.gelu.startsWith('op') ? 20 : merged.layerNorm === 'fused' ? 17 : 11;
  const resolved = { ...merged, opset: merged.opset ?? Math.max(needed, 14) };
  if (resolved.opset < needed) throw new RangeError(`These operators need opset ${needed}; got ${resolved.opset}.`);
  if (resolved.opset > 20) throw new RangeError(`Opset ${resolved.opset} is newer than 20.`);
  if (resolved.hidden % resolved.heads !== 0)
    throw new RangeError(`${resolved.heads} heads do not divide a hidden size of ${resolved.hidden}.`);
  if (resolved.vocab < 5) throw new RangeError(`A vocabulary of ${resolved.vocab} has no room for 5 special tokens.`);
  // An added −∞ would be −∞ · 0 = NaN for the tokens that are not padding.
  if (resolved.maskValue === -Infinity && resolved.attention === 'eager' && resolved.family !== 'distilbert')
    throw new RangeError('A mask that is added cannot be −∞.');
  return resolved;
}

/** Whether the activation is the exact Gelu or its tanh approximation. */
export function activationOf(gelu: ExportStyle['gelu']): 'erf' | 'tanh' {
  return gelu === 'tanh-decomposed' || gelu === 'op-tanh' ? 'tanh' : 'erf';
}
