/** Options with a fixed set of values; the first of each is the default. */
export const choices = {
  family: ['bert', 'distilbert', 'roberta'],
  task: ['encoder', 'sequence-classification'],
  problemType: ['single_label_classification', 'multi_label_classification'],
  /** One LayerNormalization (opset 17), or ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul, Add. */
  layerNorm: ['fused', 'decomposed'],
  /**
   * `erf-decomposed`: x · (1 + erf(x/√2)) · 0.5; `erf-half-first`: 0.5 · x · (1 + erf(x/√2));
   * `tanh-decomposed`: the tanh approximation in eight operators; `op`, `op-tanh`: one Gelu (opset 20).
   */
  gelu: ['erf-decomposed', 'erf-half-first', 'tanh-decomposed', 'op', 'op-tanh'],
  /** Shapes of the heads computed by Shape, Gather, Unsqueeze, Concat; or constants `[0, 0, heads, size]`. */
  reshape: ['dynamic', 'static'],
  /**
   * `eager`: scores divided by √size, then the mask (added, or for DistilBERT put in by Where); `sdpa`: what
   * scaled_dot_product_attention is traced to: queries and keys each multiplied by the root of the scale, which is
   * computed from the shape of the queries, and the mask expanded to [batch, 1, tokens, tokens].
   */
  attention: ['eager', 'sdpa'],
  /** Small constants as Constant operators, or as initializers, equal ones shared as graph optimisers leave them. */
  constants: ['nodes', 'initializers'],
  /** `scoped`: /encoder/layer.0/…/MatMul_output_0, as TorchScript exports; `numbered`: val_12, as torch.export does. */
  names: ['scoped', 'numbered'],
} as const;
type Choice<Name extends keyof typeof choices> = (typeof choices)[Name][number];

/** The sizes and the kind of a random encoder. What the weights are depends on these and the seed alone. */
export interface EncoderShape {
  readonly family: Choice<'family'>;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly intermediate: number;
  /** Number of tokens that the tokenizer knows. */
  readonly vocab: number;
  /** Longest sequence, special tokens included. */
  readonly maxPosition: number;
  readonly task: Choice<'task'>;
  /** Number of classes of a sequence classifier. */
  readonly labels: number;
  readonly problemType: Choice<'problemType'>;
  /** Standard deviation of weights and embeddings. */
  readonly weightScale: number;
  readonly seed: number;
}

/** How the graph of a random encoder is put together; each value imitates what some exporter writes. */
export interface ExportStyle {
  readonly layerNorm: Choice<'layerNorm'>;
  readonly gelu: Choice<'gelu'>;
  readonly reshape: Choice<'reshape'>;
  readonly attention: Choice<'attention'>;
  readonly constants: Choice<'constants'>;
  readonly names: Choice<'names'>;
  /** Score of a padded token. −∞ only where Where puts it in (DistilBERT, or sdpa). */
  readonly maskValue: number;
  /** Version of the operator set, 11 to 20; default: the oldest from 14 on that has the operators. */
  readonly opset: number;
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

/** All options but the opset, which depends on the others; the sizes are those of `shapes.small`. */
export const defaults: Omit<ResolvedOptions, 'opset'> = {
  ...shapes.small,
  family: choices.family[0],
  task: choices.task[0],
  labels: 3,
  problemType: choices.problemType[0],
  weightScale: 0.02,
  seed: 1,
  layerNorm: choices.layerNorm[0],
  gelu: choices.gelu[0],
  reshape: choices.reshape[0],
  attention: choices.attention[0],
  constants: choices.constants[0],
  names: choices.names[0],
  // The smallest float32: torch.finfo(torch.float32).min.
  maskValue: -3.4028234663852886e38,
};

/**
 * The options with every default filled in.
 * @throws RangeError if one is out of its range or they cannot go together
 */
export function resolveOptions(options: RandomEncoderOptions): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const merged: Omit<ResolvedOptions, 'opset'> & { opset?: number } = { ...defaults, ...given };
  for (const [name, allowed] of Object.entries(choices)) {
    const value = merged[name as keyof typeof choices];
    if (!(allowed as readonly string[]).includes(value))
      throw new RangeError(`${name} is one of ${allowed.join(', ')}; got ${value}.`);
  }
  for (const name of ['layers', 'hidden', 'heads', 'intermediate', 'maxPosition', 'labels'] as const)
    if (!Number.isInteger(merged[name]) || merged[name] < 1)
      throw new RangeError(`${name} is a positive integer; got ${merged[name]}.`);
  if (merged.hidden % merged.heads !== 0)
    throw new RangeError(`${merged.heads} heads do not divide a hidden size of ${merged.hidden}.`);
  if (!Number.isInteger(merged.vocab) || merged.vocab < 5)
    throw new RangeError(`A vocabulary needs room for 5 special tokens; got ${merged.vocab}.`);
  // An added −∞ would be −∞ · 0 = NaN for the tokens that are not padding.
  if (merged.maskValue === -Infinity && merged.attention === 'eager' && merged.family !== 'distilbert')
    throw new RangeError('A mask that is added cannot be −∞.');

  const needed = merged.gelu.startsWith('op') ? 20 : merged.layerNorm === 'fused' ? 17 : 11;
  const opset = merged.opset ?? Math.max(needed, 14);
  if (!(opset >= needed && opset <= 20))
    throw new RangeError(`These operators need an opset from ${needed} to 20; got ${opset}.`);
  return { ...merged, opset };
}

/** Whether the activation is the exact Gelu or its tanh approximation. */
export function activationOf(gelu: ExportStyle['gelu']): 'erf' | 'tanh' {
  return gelu === 'tanh-decomposed' || gelu === 'op-tanh' ? 'tanh' : 'erf';
}
