import { Random } from '@cairn/numerics';
import { families, positionRows } from './families.js';
import type { EncoderShape } from './options.js';

export interface Weight {
  readonly dims: number[];
  /** Row-major `[...dims]`; matrices `[out, in]`, as PyTorch keeps them. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Weights by the names that they have in a state dict, without the prefix that a task puts before them. */
export type Weights = ReadonlyMap<string, Weight>;

/**
 * Random weights of an encoder, and of the head of its task: tables, matrices and biases from N(0, weightScale²), as
 * BERT is initialised (there biases are 0; here a forgotten one must show); gamma of LayerNorm from N(1, 0.1²), beta
 * from N(0, 0.1²). Each tensor has a sequence of its own, by seed and name, so that it stays the same whatever else the
 * model has; the head takes nothing from the encoder.
 */
export function randomWeights(shape: EncoderShape): Weights {
  const { hidden, intermediate, weightScale } = shape;
  const family = families[shape.family];
  const weights = new Map<string, Weight>();
  const draw = (name: string, dims: number[], mean: number, deviation: number): void => {
    const random = new Random(shape.seed, fnv1a(name));
    const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    for (let i = 0; i < values.length; i++) values[i] = mean + deviation * random.normal();
    weights.set(name, { dims, values });
  };
  const table = (name: string, rows: number): void => draw(`${name}.weight`, [rows, hidden], 0, weightScale);
  const linear = (name: string, from: number, to: number): void => {
    draw(`${name}.weight`, [to, from], 0, weightScale);
    draw(`${name}.bias`, [to], 0, weightScale);
  };
  const norm = (name: string): void => {
    draw(`${name}.weight`, [hidden], 1, 0.1);
    draw(`${name}.bias`, [hidden], 0, 0.1);
  };

  table('embeddings.word_embeddings', shape.vocab);
  table('embeddings.position_embeddings', positionRows(shape));
  if (family.tokenTypes > 0) table('embeddings.token_type_embeddings', family.tokenTypes);
  norm('embeddings.LayerNorm');
  for (let i = 0; i < shape.layers; i++) {
    const layer = `${family.layers}.${i}`;
    for (const part of [family.query, family.key, family.value, family.attentionDense])
      linear(`${layer}.${part}`, hidden, hidden);
    norm(`${layer}.${family.attentionNorm}`);
    linear(`${layer}.${family.intermediate}`, hidden, intermediate);
    linear(`${layer}.${family.output}`, intermediate, hidden);
    norm(`${layer}.${family.outputNorm}`);
  }
  if (shape.task === 'sequence-classification') {
    const { dense, classifier } = headNames[shape.family];
    linear(dense, hidden, hidden);
    linear(classifier, hidden, shape.labels);
  }
  return weights;
}

/** The two linear maps of a sequence classifier. */
export const headNames = {
  bert: { dense: 'pooler.dense', classifier: 'classifier' },
  distilbert: { dense: 'pre_classifier', classifier: 'classifier' },
  roberta: { dense: 'classifier.dense', classifier: 'classifier.out_proj' },
} as const;

/** The name of a weight in the state dict of the whole model. */
export function stateDictName(shape: EncoderShape, name: string): string {
  if (shape.task === 'encoder') return name;
  const { dense, classifier } = headNames[shape.family];
  const ofTheHead = name.startsWith(`${classifier}.`) || (shape.family !== 'bert' && name.startsWith(`${dense}.`));
  return ofTheHead ? name : `${families[shape.family].prefix}.${name}`;
}

/** FNV-1a, 32 bits, over the UTF-16 units of ASCII text. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
