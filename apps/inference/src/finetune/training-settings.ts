import type { Decay } from './schedule.js';

export const objectives = ['classes', 'labels', 'contrastive', 'pairs', 'views', 'masked', 'clusters'] as const;

/**
 * What a training teaches:
 * - `classes`: one class of each text (softmax, cross-entropy);
 * - `labels`: any number of classes of each text (sigmoid, binary cross-entropy);
 * - `contrastive`: texts of one class near each other (supervised contrastive);
 * - `pairs`: two texts of a pair near each other, others of the batch far (InfoNCE);
 * - `views`: the same with two dropout views of each text;
 * - `masked`: words that are hidden (masked language model);
 * - `clusters`: texts of a cluster near each other, and which cluster it is; clusters are found among all texts before each
 *   epoch, and those that have a class stay in it (self-training).
 */
export type Objective = (typeof objectives)[number];

/** Which weights of the encoder move; a head always does. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'last'; readonly layers: number }
  | { readonly kind: 'lora'; readonly rank: number; readonly alpha: number }
  | { readonly kind: 'head' };

export interface TrainingSettings {
  readonly objective: Objective;
  readonly scope: Scope;
  readonly epochs: number;
  /** Examples of a batch at most. */
  readonly batchSize: number;
  /** Padded tokens of a batch at most; undefined: as many as its examples have. */
  readonly batchTokens: number | undefined;
  /** Batches whose gradients make one step. */
  readonly accumulate: number;
  /** Highest learning rate of the encoder. */
  readonly learningRate: number;
  /** Highest learning rate of the head, for vectors whose components are about 1 in size; scaled for those of others. */
  readonly headLearningRate: number;
  /** Of `classes`: whether the head is fitted to the encoder as it is before both are trained, or begins with zeros. */
  readonly fitHeadFirst: boolean;
  readonly decay: Decay;
  /** Share of all steps in which the learning rate rises. */
  readonly warmUp: number;
  readonly weightDecay: number;
  /** Largest global norm of the gradients; 0: any. */
  readonly maxNorm: number;
  readonly dropout: number;
  readonly labelSmoothing: number;
  /** Whether rare classes count as much as frequent ones. */
  readonly classWeights: boolean;
  /**
   * Of `classes`: what a supervised contrastive loss counts beside the head's; 0: there is none. It brings texts of a
   * class together (Gunel et al. 2021, arXiv:2011.01403), which come two by two for it.
   */
  readonly contrast: number;
  /** Of contrastive losses: cosines are divided by it. */
  readonly temperature: number;
  /** Probability that a token is erased. */
  readonly erase: number;
  /** Probability that a word is hidden (`masked`). */
  readonly mask: number;
  /** Of `clusters`: how many there are, those of known classes among them; needed there. */
  readonly clusters: number | undefined;
  /** Of `clusters`: share of each cluster, nearest to its centroid first, whose texts are taken to be of it. */
  readonly confident: number;
  /** Of `clusters`: so many of the texts nearest to one are taken to be like it; 0: those of its cluster are. */
  readonly neighbours: number;
  /** Of `clusters`: the training ends once no larger share of the texts changes its cluster in an epoch. */
  readonly settled: number;
  /** Tokens a text is cut to, special ones included; undefined: as many as the encoder takes. */
  readonly maxTokens: number | undefined;
  /** Share of each class that is held out for early stopping and figures; 0: train on everything to the end. */
  readonly heldOut: number;
  /** Measurements of the held-out part, one each epoch, without a gain that are waited for; 0: never stop early. */
  readonly patience: number;
  readonly seed: number;
}

export const defaultSettings: TrainingSettings = {
  objective: 'classes',
  scope: { kind: 'all' },
  epochs: 10,
  batchSize: 32,
  batchTokens: undefined,
  accumulate: 1,
  learningRate: 1e-4,
  headLearningRate: 1e-3,
  fitHeadFirst: true,
  decay: 'linear',
  warmUp: 0.1,
  weightDecay: 0.01,
  maxNorm: 1,
  dropout: 0.1,
  labelSmoothing: 0,
  classWeights: false,
  contrast: 0,
  temperature: 0.05,
  erase: 0,
  mask: 0.15,
  clusters: undefined,
  confident: 1,
  neighbours: 0,
  settled: 0.005,
  maxTokens: undefined,
  heldOut: 0.1,
  patience: 3,
  seed: 42,
};

/** What is otherwise where an objective is better learned so. */
const ownDefaults: Partial<Record<Objective, Partial<TrainingSettings>>> = {
  clusters: { batchSize: 64, temperature: 0.07, erase: 0.4 },
};

/** Settings in full: what is absent is as in defaultSettings, or as the objective wants it. */
export function settingsWith(given: Partial<TrainingSettings> = {}): TrainingSettings {
  return { ...defaultSettings, ...ownDefaults[given.objective ?? defaultSettings.objective], ...given };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly whole?: boolean;
}

const positive = Number.MIN_VALUE;
const ranges: Partial<Record<keyof TrainingSettings, Range>> = {
  epochs: { from: 1, to: 10_000, whole: true },
  batchSize: { from: 1, to: 65_536, whole: true },
  batchTokens: { from: 1, to: 1 << 24, whole: true },
  accumulate: { from: 1, to: 4096, whole: true },
  learningRate: { from: positive, to: 1 },
  headLearningRate: { from: positive, to: 1 },
  warmUp: { from: 0, to: 1 },
  weightDecay: { from: 0, to: 10 },
  maxNorm: { from: 0, to: 1e6 },
  dropout: { from: 0, to: 0.9 },
  labelSmoothing: { from: 0, to: 0.9 },
  contrast: { from: 0, to: 100 },
  temperature: { from: 1e-3, to: 100 },
  erase: { from: 0, to: 0.9 },
  mask: { from: 0.01, to: 0.9 },
  clusters: { from: 2, to: 1 << 20, whole: true },
  confident: { from: 0.01, to: 1 },
  neighbours: { from: 0, to: 1000, whole: true },
  settled: { from: 0, to: 1 },
  maxTokens: { from: 3, to: 1 << 20, whole: true },
  heldOut: { from: 0, to: 0.9 },
  patience: { from: 0, to: 10_000, whole: true },
  seed: { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER, whole: true },
};

/**
 * Looks for a setting that makes no sense.
 * @returns its name and what is wrong with it, or undefined
 */
export function faultOfSettings(settings: TrainingSettings): { field: string; message: string } | undefined {
  for (const [name, { from, to, whole }] of Object.entries(ranges)) {
    const value = settings[name as keyof TrainingSettings];
    if (value === undefined) continue;
    const fits = typeof value === 'number' && value >= from && value <= to && (!whole || Number.isInteger(value));
    const kind = whole ? 'a whole number' : 'a number';
    const least = from === positive ? 'above 0' : `from ${from}`;
    if (!fits) return { field: name, message: `${name} is ${String(value)}; it must be ${kind} ${least} to ${to}.` };
  }
  const { scope, objective, batchSize } = settings;
  if (scope.kind === 'last' && !(Number.isInteger(scope.layers) && scope.layers >= 1))
    return { field: 'scope', message: `The number of layers is ${scope.layers}; it must be 1 or more.` };
  if (scope.kind === 'lora' && !(Number.isInteger(scope.rank) && scope.rank >= 1 && scope.alpha > 0))
    return { field: 'scope', message: 'LoRA needs a rank of 1 or more, and an alpha above 0.' };
  if (scope.kind === 'head' && objective !== 'classes' && objective !== 'labels')
    return { field: 'scope', message: `There is no head in the objective "${objective}": choose another scope.` };
  if (objective === 'views' && settings.dropout === 0 && settings.erase === 0)
    return { field: 'dropout', message: 'Two views of a text differ by dropout or erased tokens: set one of them.' };
  if (objective === 'clusters' && settings.clusters === undefined)
    return {
      field: 'clusters',
      message: 'Say how many clusters there are, those of known topics among them; a clustering finds a number.',
    };
  const compares = ['contrastive', 'pairs', 'views', 'clusters'].includes(objective);
  if ((compares || (objective === 'classes' && settings.contrast > 0)) && batchSize < 2)
    return {
      field: 'batchSize',
      message: `${compares ? `The objective "${objective}"` : 'A contrast'} compares texts of a batch: it needs at least 2.`,
    };
  return undefined;
}
