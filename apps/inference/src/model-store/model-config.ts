import { DomainError } from '@cairn/contracts';
import { z } from 'zod';
import { readJsonFile } from './json-file.js';

export type ModelTask = 'embedding' | 'classification';
export type ProblemType = 'single_label_classification' | 'multi_label_classification';

/** What config.json says of a model, whichever family's words it uses. */
export interface ModelConfig {
  /** The family: "bert", "roberta", "distilbert". */
  readonly modelType: string;
  /** Hidden size. */
  readonly dimension: number;
  readonly layers: number;
  readonly heads: number;
  /** Width inside a feed-forward block. */
  readonly intermediate: number;
  /** Tokens that have a position, special tokens included. */
  readonly positions: number;
  readonly vocabularySize: number;
  readonly padId: number;
  /** A sequence classifier comes with its own head. */
  readonly task: ModelTask;
  /** Of a classifier, in the order of its logits; otherwise empty. */
  readonly classes: readonly string[];
  /** Of a classifier: softmax or sigmoid. */
  readonly problemType: ProblemType | undefined;
}

const size = z.int().positive().nullish();
const config = z.object({
  model_type: z.string().default('bert'),
  architectures: z.array(z.string()).nullish(),
  // Each family has its own words; DistilBERT's and GPT-2's (which nomic-bert took over) beside BERT's.
  hidden_size: size,
  dim: size,
  n_embd: size,
  num_hidden_layers: size,
  n_layers: size,
  n_layer: size,
  num_attention_heads: size,
  n_heads: size,
  n_head: size,
  intermediate_size: size,
  hidden_dim: size,
  n_inner: size,
  max_position_embeddings: size,
  n_positions: size,
  vocab_size: size,
  pad_token_id: z.int().nonnegative().nullish(),
  id2label: z.record(z.string(), z.coerce.string()).nullish(),
  num_labels: size,
  problem_type: z.string().nullish(),
});
type Config = z.infer<typeof config>;
type Size = { [K in keyof Config]-?: Config[K] extends number | null | undefined ? K : never }[keyof Config];

/** Position ids of these start behind the padding id: two of their positions cannot be used. */
const offsetPositions = new Set(['roberta', 'xlm-roberta', 'camembert', 'mpnet']);

/** @throws INVALID_INPUT for field "source", naming what is missing or cannot be served */
export async function readModelConfig(file: string): Promise<ModelConfig> {
  const read = await readJsonFile(file, config);
  const first = (names: readonly Size[]) => names.map((name) => read[name]).find((value) => value != null);
  const need = (...names: readonly Size[]): number => {
    const value = first(names);
    if (value != null) return value;
    throw DomainError.invalid('source', `${file} cannot be used: it has no ${names.join(' or ')}.`);
  };
  const dimension = need('hidden_size', 'dim', 'n_embd');
  const positions = need('max_position_embeddings', 'n_positions');
  const offset = offsetPositions.has(read.model_type) ? 2 : 0;
  if (positions <= offset) throw DomainError.invalid('source', `${file} leaves no position for a token.`);
  return {
    modelType: read.model_type,
    dimension,
    layers: need('num_hidden_layers', 'n_layers', 'n_layer'),
    heads: need('num_attention_heads', 'n_heads', 'n_head'),
    // GPT-2's way leaves it out where it is four times the hidden size.
    intermediate: first(['intermediate_size', 'hidden_dim', 'n_inner']) ?? 4 * dimension,
    positions: positions - offset,
    vocabularySize: need('vocab_size'),
    padId: read.pad_token_id ?? 0,
    ...taskOf(file, read),
  };
}

/** A classifier's classes, by transformers' rules: two labels, LABEL_0 and LABEL_1, where the file says nothing. */
function taskOf(file: string, read: Config): Pick<ModelConfig, 'task' | 'classes' | 'problemType'> {
  if (!(read.architectures ?? []).some((name) => name.endsWith('ForSequenceClassification')))
    return { task: 'embedding', classes: [], problemType: undefined };
  const names = read.id2label ?? {};
  const count = Object.keys(names).length || (read.num_labels ?? 2);
  const classes = Array.from({ length: count }, (_, i) => names[i] ?? `LABEL_${i}`);
  const refuse = (what: string) => DomainError.invalid('source', `${file} ${what}`);
  if (count === 1 || read.problem_type === 'regression')
    throw refuse('is of a model for regression, which gives a number and no classes: Cairn does not serve it.');
  const problemType = read.problem_type ?? 'single_label_classification';
  if (problemType !== 'single_label_classification' && problemType !== 'multi_label_classification')
    throw refuse(
      `has the problem_type "${problemType}"; Cairn serves single_label_classification and multi_label_classification.`,
    );
  return { task: 'classification', classes, problemType };
}
