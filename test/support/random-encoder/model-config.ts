import { families, positionRows } from './families.js';
import { activationOf, type ResolvedOptions } from './options.js';

/** What config.json says, in the words of the family: DistilBERT has its own for the sizes. */
export function modelConfig(options: ResolvedOptions): Record<string, unknown> {
  const family = families[options.family];
  const base = { bert: 'Bert', distilbert: 'DistilBert', roberta: 'Roberta' }[options.family];
  const isClassifier = options.task === 'sequence-classification';
  const activation =
    activationOf(options.gelu) === 'erf' ? 'gelu' : options.gelu === 'op-tanh' ? 'gelu_pytorch_tanh' : 'gelu_new';
  const sizes =
    options.family === 'distilbert'
      ? {
          dim: options.hidden,
          hidden_dim: options.intermediate,
          n_layers: options.layers,
          n_heads: options.heads,
          activation,
          sinusoidal_pos_embds: false,
        }
      : {
          hidden_size: options.hidden,
          intermediate_size: options.intermediate,
          num_hidden_layers: options.layers,
          num_attention_heads: options.heads,
          hidden_act: activation,
          layer_norm_eps: family.layerNormEpsilon,
          type_vocab_size: family.tokenTypes,
          position_embedding_type: 'absolute',
        };
  const names = Array.from({ length: options.labels }, (_, i) => `label ${i}`);
  return {
    architectures: [`${base}${isClassifier ? 'ForSequenceClassification' : 'Model'}`],
    model_type: options.family,
    ...sizes,
    vocab_size: options.vocab,
    max_position_embeddings: positionRows(options),
    pad_token_id: family.padId,
    initializer_range: options.weightScale,
    ...(isClassifier && {
      id2label: Object.fromEntries(names.map((name, i) => [i, name])),
      label2id: Object.fromEntries(names.map((name, i) => [name, i])),
      problem_type: options.problemType,
    }),
  };
}
