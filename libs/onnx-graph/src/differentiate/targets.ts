/** How much a class counts; and how much of each target is spread evenly over all classes (arXiv:1512.00567). */
export interface TargetOptions {
  /** One for each class; default: all 1. */
  readonly classWeights?: ArrayLike<number>;
  /** Between 0 and 1; default: 0. */
  readonly smoothing?: number;
  /**
   * What the costs of the texts are divided by; default: the sum of the weights of their classes, so that the loss is a
   * weighted mean. Batches whose gradients are added up are given that of all of them.
   */
  readonly divisor?: number;
}

/**
 * Targets of cross-entropy, `[texts, classes]`, with which the loss is the one of PyTorch's CrossEntropyLoss with
 * `weight` and `label_smoothing`.
 * @param labels the class of each text
 */
export function classTargets(labels: ArrayLike<number>, classes: number, options: TargetOptions = {}): Float32Array {
  const { classWeights, smoothing = 0 } = options;
  const weightOf = (label: number): number => classWeights?.[label] ?? 1;
  let total = 0;
  for (let i = 0; i < labels.length; i++) total += weightOf(labels[i]);
  // Texts that count nothing have a loss of zero.
  const divisor = options.divisor ?? (total || 1);
  const targets = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!(label >= 0 && label < classes))
      throw new RangeError(`Label ${label} of text ${i} is none of ${classes} classes.`);
    if (smoothing > 0)
      for (let c = 0; c < classes; c++) targets[i * classes + c] = (smoothing / classes / divisor) * weightOf(c);
    targets[i * classes + label] += ((1 - smoothing) / divisor) * weightOf(label);
  }
  return targets;
}

/**
 * Targets and weights of binary cross-entropy, both `[texts, classes]`; the loss is the mean over texts and classes.
 * @param labels the classes of each text, any number of them
 * @param classWeights how much it counts that a class is there, as `pos_weight` of PyTorch's BCEWithLogitsLoss does not;
 * here a class counts that much whether it is there or not
 */
export function labelTargets(
  labels: readonly (readonly number[])[],
  classes: number,
  options: Pick<TargetOptions, 'classWeights' | 'divisor'> = {},
): { targets: Float32Array; weights: Float32Array } {
  const divisor = options.divisor ?? labels.length * classes;
  const targets = new Float32Array(labels.length * classes);
  const weights = new Float32Array(labels.length * classes);
  for (let i = 0; i < weights.length; i++) weights[i] = (options.classWeights?.[i % classes] ?? 1) / divisor;
  labels.forEach((of, i) => {
    for (const label of of) {
      if (!(label >= 0 && label < classes))
        throw new RangeError(`Label ${label} of text ${i} is none of ${classes} classes.`);
      targets[i * classes + label] = 1;
    }
  });
  return { targets, weights };
}

/** What a contrastive loss is fed, both `[texts, texts]`. */
export interface ContrastiveTargets {
  readonly targets: Float32Array;
  readonly candidates: Float32Array;
}

/** Far below any cosine over a temperature, and still finite. */
const excluded = -1e9;

/**
 * Pairs, of which each is told from the others of its batch (InfoNCE, arXiv:1807.03748; with two views of the same text,
 * arXiv:2104.08821): text i belongs to text i + pairs, and is compared with all of the second half.
 * @param symmetric also the other way round
 */
export function pairTargets(pairs: number, symmetric = false): ContrastiveTargets {
  const size = 2 * pairs;
  const targets = new Float32Array(size * size);
  const candidates = new Float32Array(size * size).fill(excluded);
  const share = 1 / (symmetric ? size : pairs);
  const compare = (from: number, to: number): void => {
    for (let i = 0; i < pairs; i++) {
      candidates.fill(0, (from + i) * size + to, (from + i) * size + to + pairs);
      targets[(from + i) * size + to + i] = share;
    }
  };
  compare(0, pairs);
  if (symmetric) compare(pairs, 0);
  return { targets, candidates };
}

/**
 * Texts of the same class belong together, and are told from all others (supervised contrastive learning, L_out of
 * arXiv:2004.11362). A text without another of its class counts nothing.
 */
export function sameClassTargets(labels: ArrayLike<number>): ContrastiveTargets {
  return alikeTargets(labels.length, (i, j) => labels[i] === labels[j]);
}

/**
 * The same of texts that are alike for whatever reason (neighbours in arXiv:2204.04937).
 * @param areAlike of two places; the same both ways round
 */
export function alikeTargets(size: number, areAlike: (i: number, j: number) => boolean): ContrastiveTargets {
  const targets = new Float32Array(size * size);
  const candidates = new Float32Array(size * size);
  const counts = new Int32Array(size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) {
      if (!areAlike(i, j)) continue;
      targets[i * size + j] = targets[j * size + i] = 1;
      counts[i]++;
      counts[j]++;
    }
  const anchors = counts.filter((count) => count > 0).length;
  for (let i = 0; i < size; i++) {
    candidates[i * size + i] = excluded;
    for (let j = 0; j < size; j++) if (targets[i * size + j] > 0) targets[i * size + j] = 1 / (counts[i] * anchors);
  }
  return { targets, candidates };
}
