import type { EncoderShape } from './options.js';

/** Where the parts of an encoder are in its module tree, relative to the encoder or to one of its layers. */
export interface Family {
  /** Under what name the encoder sits in a model with a task. */
  readonly prefix: string;
  readonly layers: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** Modules in which attention, the residual sums and the activation are computed. */
  readonly attention: string;
  readonly attentionSum: string;
  readonly attentionDense: string;
  readonly attentionNorm: string;
  readonly intermediate: string;
  readonly activation: string;
  readonly output: string;
  readonly outputSum: string;
  readonly outputNorm: string;
  /** Rows of the table of token types; 0 for none. */
  readonly tokenTypes: number;
  readonly layerNormEpsilon: number;
  readonly padId: number;
  readonly special: { readonly pad: string; unk: string; cls: string; sep: string; mask: string };
  /** The special tokens in the order of their ids. */
  readonly specialOrder: readonly ('pad' | 'unk' | 'cls' | 'sep' | 'mask')[];
}

const bert = {
  prefix: 'bert',
  layers: 'encoder.layer',
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attention: 'attention.self',
  attentionSum: 'attention.output',
  attentionDense: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  intermediate: 'intermediate.dense',
  activation: 'intermediate.intermediate_act_fn',
  output: 'output.dense',
  outputSum: 'output',
  outputNorm: 'output.LayerNorm',
  tokenTypes: 2,
  layerNormEpsilon: 1e-12,
  padId: 0,
  special: { pad: '[PAD]', unk: '[UNK]', cls: '[CLS]', sep: '[SEP]', mask: '[MASK]' },
  specialOrder: ['pad', 'unk', 'cls', 'sep', 'mask'],
} as const satisfies Family;

export const families: Readonly<Record<EncoderShape['family'], Family>> = {
  bert,
  distilbert: {
    ...bert,
    prefix: 'distilbert',
    layers: 'transformer.layer',
    query: 'attention.q_lin',
    key: 'attention.k_lin',
    value: 'attention.v_lin',
    attention: 'attention',
    attentionSum: '',
    attentionDense: 'attention.out_lin',
    attentionNorm: 'sa_layer_norm',
    intermediate: 'ffn.lin1',
    activation: 'ffn.activation',
    output: 'ffn.lin2',
    outputSum: '',
    outputNorm: 'output_layer_norm',
    tokenTypes: 0,
  },
  roberta: {
    ...bert,
    prefix: 'roberta',
    tokenTypes: 1,
    layerNormEpsilon: 1e-5,
    padId: 1,
    special: { pad: '<pad>', unk: '<unk>', cls: '<s>', sep: '</s>', mask: '<mask>' },
    specialOrder: ['cls', 'pad', 'sep', 'unk', 'mask'],
  },
};

/** Rows of the table of positions: RoBERTa counts from behind the padding id. */
export function positionRows({ family, maxPosition }: EncoderShape): number {
  return family === 'roberta' ? maxPosition + families.roberta.padId + 1 : maxPosition;
}
