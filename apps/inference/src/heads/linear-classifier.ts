/** A linear classifier: logits = weights . vector + biases. */
export interface LinearClassifier {
  /** `[classCount, dimension]`, row-major. */
  readonly weights: Float64Array;
  /** `[classCount]`. */
  readonly biases: Float64Array;
}

/** The classifier of some of the classes: their weights and biases. */
export function rowsOf({ weights, biases }: LinearClassifier, classes: readonly number[]): LinearClassifier {
  const dimension = weights.length / biases.length;
  const kept = { weights: new Float64Array(classes.length * dimension), biases: new Float64Array(classes.length) };
  classes.forEach((c, i) => {
    kept.weights.set(weights.subarray(c * dimension, (c + 1) * dimension), i * dimension);
    kept.biases[i] = biases[c];
  });
  return kept;
}

/**
 * An ensemble of classifiers of the same classes and vectors, such as those of the folds of a cross-validation: the mean
 * of their logits, which is the classifier of their mean weights and costs what one costs.
 * @throws RangeError if there are none, or their shapes differ
 */
export function averageOf(classifiers: readonly LinearClassifier[]): LinearClassifier {
  const [first] = classifiers;
  if (first === undefined) throw new RangeError('An ensemble needs at least one classifier.');
  const mean = { weights: new Float64Array(first.weights.length), biases: new Float64Array(first.biases.length) };
  for (const { weights, biases } of classifiers) {
    if (weights.length !== mean.weights.length || biases.length !== mean.biases.length)
      throw new RangeError('The classifiers of an ensemble have the same classes and the same dimension.');
    for (let i = 0; i < weights.length; i++) mean.weights[i] += weights[i] / classifiers.length;
    for (let c = 0; c < biases.length; c++) mean.biases[c] += biases[c] / classifiers.length;
  }
  return mean;
}

/**
 * An ensemble of classifiers of the same classes on different vectors of a text (layers, poolings): the mean of their
 * logits, as one classifier of the vectors laid end to end, in the same order.
 * @throws RangeError if there are none, or their classes differ
 */
export function joinedOf(classifiers: readonly LinearClassifier[]): LinearClassifier {
  if (classifiers.length === 0) throw new RangeError('An ensemble needs at least one classifier.');
  const classes = classifiers[0].biases.length;
  if (classifiers.some(({ biases }) => biases.length !== classes))
    throw new RangeError('The classifiers of an ensemble have the same classes.');
  const sizes = classifiers.map(({ weights }) => weights.length / classes);
  const dimension = sizes.reduce((sum, size) => sum + size, 0);
  const joined = { weights: new Float64Array(classes * dimension), biases: new Float64Array(classes) };
  for (let c = 0; c < classes; c++) {
    let at = c * dimension;
    classifiers.forEach(({ weights, biases }, part) => {
      const size = sizes[part];
      for (let j = 0; j < size; j++) joined.weights[at++] = weights[c * size + j] / classifiers.length;
      joined.biases[c] += biases[c] / classifiers.length;
    });
  }
  return joined;
}
