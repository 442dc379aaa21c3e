import { int } from '../graph-builder.js';
import { elementTypes } from '../model.js';
import { makeTensor } from '../tensor.js';
import type { GraphWriter } from './graph-writer.js';
import { NotTrainableError } from './not-trainable.js';
import type { FeedDescription } from './training-graph.js';

/**
 * How tokens `[batch, tokens, hidden]` become one vector: the mean of those that are no padding, the first, or, of
 * models that give `[batch, hidden]`, nothing.
 */
export type Pooling = 'mean' | 'cls' | 'none';

/** A linear map from vectors to classes, `head.weight` `[classes, hidden]` and `head.bias` `[classes]`, trained with the rest. */
export interface HeadOptions {
  readonly classes: number;
  /** Where it begins, row-major; default: zeros. */
  readonly weight?: Float32Array<ArrayBuffer>;
  readonly bias?: Float32Array<ArrayBuffer>;
}

export interface ClassificationLoss {
  /**
   * `cross-entropy`: classes exclude each other; feed `targets [batch, classes]`, see classTargets.
   * `binary-cross-entropy`: each class by itself; feed `targets` and `weights`, both `[batch, classes]`, see labelTargets.
   */
  readonly kind: 'cross-entropy' | 'binary-cross-entropy';
  readonly pooling: Pooling;
  /** Without one, the output of the model is taken as logits. */
  readonly head?: HeadOptions;
}

export interface ContrastiveLoss {
  /**
   * Vectors of a batch are compared by their cosine; feed `targets [batch, batch]`, to whom each text belongs and how
   * much it counts, and `candidates [batch, batch]`, 0 for those it is compared with and a large negative number for
   * others. See pairTargets (InfoNCE, arXiv:1807.03748) and sameClassTargets (supervised, arXiv:2004.11362).
   */
  readonly kind: 'contrastive';
  readonly pooling: Pooling;
  /** Cosines are divided by it. */
  readonly temperature: number;
}

export type Loss = ClassificationLoss | ContrastiveLoss;

export interface WrittenLoss {
  readonly loss: string;
  /** What it was computed from. */
  readonly logits: string;
  readonly feeds: readonly FeedDescription[];
  /** Initializers that were added and are trained. */
  readonly parameters: readonly string[];
}

/**
 * Adds the way from an encoder's output to a loss.
 * @param hidden components of the output
 */
export function writeLoss(write: GraphWriter, output: string, hidden: number, loss: Loss): WrittenLoss {
  const pooled = pool(write, output, loss.pooling);
  if (loss.kind === 'contrastive') return contrastive(write, pooled.value, loss.temperature, pooled.feeds);
  const { logits, classes, parameters } = applyHead(write, pooled.value, hidden, loss.head);
  const targets = feed(write, 'targets', ['batch', classes]);
  if (loss.kind === 'cross-entropy')
    return { loss: crossEntropy(write, logits, targets.name), logits, feeds: [...pooled.feeds, targets], parameters };
  const weights = feed(write, 'weights', ['batch', classes]);
  // -log sigmoid(z) where the target is 1, -log sigmoid(-z) where it is 0.
  const costs = write.op('Sub', [write.op('Softplus', [logits]), write.op('Mul', [logits, targets.name])]);
  const total = write.total(write.op('Mul', [costs, weights.name]));
  return { loss: total, logits, feeds: [...pooled.feeds, targets, weights], parameters };
}

/** - sum(targets · log softmax(logits)). */
const crossEntropy = (write: GraphWriter, logits: string, targets: string): string =>
  write.op('Neg', [write.total(write.op('Mul', [write.op('LogSoftmax', [logits], { axis: int(-1) }), targets]))]);

function feed(write: GraphWriter, name: string, dims: readonly (number | string)[]): FeedDescription {
  return { name: write.fresh(name), type: 'float32', dims };
}

function pool(write: GraphWriter, output: string, pooling: Pooling): { value: string; feeds: FeedDescription[] } {
  if (pooling === 'none') return { value: output, feeds: [] };
  if (pooling === 'cls') return { value: write.op('Gather', [output, write.int(0)], { axis: int(1) }), feeds: [] };
  const known = write.graph.input.some(({ name }) => name === 'attention_mask');
  const feeds: FeedDescription[] = known ? [] : [{ name: 'attention_mask', type: 'int64', dims: ['batch', 'seq'] }];
  const mask = write.op('Cast', ['attention_mask'], { to: int(elementTypes.float32) });
  // A text of padding alone has the mean 0.
  const count = write.op('Max', [write.sumOver(mask, [1], true), write.float(1)]);
  const weights = write.op('Unsqueeze', [write.op('Div', [mask, count]), write.ints(1)]);
  return { value: write.op('Squeeze', [write.op('MatMul', [weights, output]), write.ints(1)]), feeds };
}

function applyHead(write: GraphWriter, pooled: string, hidden: number, head: HeadOptions | undefined) {
  if (head === undefined) return { logits: pooled, classes: 'classes', parameters: [] };
  const { classes, weight = new Float32Array(classes * hidden), bias = new Float32Array(classes) } = head;
  if (!Number.isInteger(classes) || classes < 1)
    throw new NotTrainableError(`A head has at least one class; got ${classes}.`);
  if (weight.length !== classes * hidden || bias.length !== classes)
    throw new NotTrainableError(
      `A head from ${hidden} components to ${classes} classes has ${classes * hidden} weights and ${classes} biases; got ${weight.length} and ${bias.length}.`,
    );
  const parameters = [write.fresh('head.weight'), write.fresh('head.bias')];
  write.graph.initializer.push(makeTensor(parameters[0], 'float32', [classes, hidden], weight));
  write.graph.initializer.push(makeTensor(parameters[1], 'float32', [classes], bias));
  return { logits: write.op('Gemm', [pooled, ...parameters], { transB: int(1) }), classes, parameters };
}

function contrastive(
  write: GraphWriter,
  pooled: string,
  temperature: number,
  feeds: readonly FeedDescription[],
): WrittenLoss {
  if (!(temperature > 0)) throw new NotTrainableError(`A temperature is larger than 0; got ${temperature}.`);
  const targets = feed(write, 'targets', ['batch', 'batch']);
  const candidates = feed(write, 'candidates', ['batch', 'batch']);
  const squares = write.sumOver(write.op('Mul', [pooled, pooled]), [1], true);
  const length = write.op('Sqrt', [write.op('Add', [squares, write.float(1e-12)])]);
  const direction = write.op('Div', [pooled, length]);
  const cosines = write.product(direction, direction, { transB: true, alpha: 1 / temperature });
  const logits = write.op('Add', [cosines, candidates.name]);
  return {
    loss: crossEntropy(write, logits, targets.name),
    logits,
    feeds: [...feeds, targets, candidates],
    parameters: [],
  };
}
