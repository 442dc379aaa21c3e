import { float, int } from '../graph-builder.js';
import { elementTypes, type ElementType } from '../model.js';
import { microsoft } from '../nodes.js';
import { elementCount } from '../small-tensors.js';
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
  /**
   * Of cross-entropy: a contrastive loss of the same vectors is added, as ContrastiveLoss has it; feed its targets, times
   * what it counts, as `contrast [batch, batch]`, and `candidates [batch, batch]`.
   */
  readonly contrast?: { readonly temperature: number };
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

export interface MaskedLanguageModelLoss {
  /**
   * Words that were covered are guessed (BERT, arXiv:1810.04805). Feed `positions [masked]`, places among the tokens of
   * the batch taken as one list, `labels [masked]`, the tokens that stood there, and `weights [masked]`, 1 / masked or,
   * where a place is only there to fill up, 0. The decoder is the table of word embeddings, trained as both.
   */
  readonly kind: 'masked-language-model';
  /** The table of word embeddings; default: the one that `input_ids` are looked up in. */
  readonly table?: string;
  /** `decoder.bias`, one for each token; default: zeros. */
  readonly bias?: Float32Array<ArrayBuffer>;
  /**
   * Where the linear map in front of the decoder begins, `transform.weight [hidden, hidden]`, followed by Gelu and a
   * normalisation, as BERT has it; without it there is none.
   */
  readonly transform?: Float32Array<ArrayBuffer>;
}

export type Loss = ClassificationLoss | ContrastiveLoss | MaskedLanguageModelLoss;

export interface WrittenLoss {
  readonly loss: string;
  /** What it was computed from. */
  readonly logits: string;
  readonly feeds: readonly FeedDescription[];
  /** Initializers that were added and are trained. */
  readonly parameters: readonly string[];
  /** The vector of each text. */
  readonly pooled?: string;
}

/**
 * Adds the way from an encoder's output to a loss.
 * @param hidden components of the output
 */
export function writeLoss(write: GraphWriter, output: string, hidden: number, loss: Loss): WrittenLoss {
  if (loss.kind === 'masked-language-model') return maskedLanguageModel(write, output, hidden, loss);
  const pooled = pool(write, output, loss.pooling);
  if (loss.kind === 'contrastive') {
    const { value, logits, feeds } = contrastive(write, pooled.value, loss.temperature, 'targets');
    return { loss: value, logits, feeds: [...pooled.feeds, ...feeds], parameters: [] };
  }
  const { logits, classes, parameters } = applyHead(write, pooled.value, hidden, loss.head);
  const targets = feed(write, 'targets', ['batch', classes]);
  if (loss.kind === 'cross-entropy') {
    const own = crossEntropy(write, logits, targets.name);
    const added = loss.contrast && contrastive(write, pooled.value, loss.contrast.temperature, 'contrast');
    return {
      loss: added ? write.op('Add', [own, added.value]) : own,
      logits,
      feeds: [...pooled.feeds, targets, ...(added?.feeds ?? [])],
      parameters,
      pooled: pooled.value,
    };
  }
  const weights = feed(write, 'weights', ['batch', classes]);
  // -log sigmoid(z) where the target is 1, -log sigmoid(-z) where it is 0.
  const costs = write.op('Sub', [write.op('Softplus', [logits]), write.op('Mul', [logits, targets.name])]);
  const total = write.total(write.op('Mul', [costs, weights.name]));
  return { loss: total, logits, feeds: [...pooled.feeds, targets, weights], parameters, pooled: pooled.value };
}

/** - sum(targets · log softmax(logits)). */
const crossEntropy = (write: GraphWriter, logits: string, targets: string): string =>
  write.op('Neg', [write.total(write.op('Mul', [write.op('LogSoftmax', [logits], { axis: int(-1) }), targets]))]);

function feed(
  write: GraphWriter,
  name: string,
  dims: readonly (number | string)[],
  type: ElementType = 'float32',
): FeedDescription {
  return { name: write.fresh(name), type, dims };
}

function parameter(write: GraphWriter, name: string, dims: number[], values: Float32Array<ArrayBuffer>): string {
  const size = elementCount(dims);
  if (values.length !== size)
    throw new NotTrainableError(`"${name}" [${dims.join(', ')}] has ${size} values; got ${values.length}.`);
  const fresh = write.fresh(name);
  write.graph.initializer.push(makeTensor(fresh, 'float32', dims, values));
  return fresh;
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
  if (head === undefined) return { logits: pooled, classes: hidden, parameters: [] };
  const { classes, weight = new Float32Array(classes * hidden), bias = new Float32Array(classes) } = head;
  if (!Number.isInteger(classes) || classes < 1)
    throw new NotTrainableError(`A head has at least one class; got ${classes}.`);
  const parameters = [
    parameter(write, 'head.weight', [classes, hidden], weight),
    parameter(write, 'head.bias', [classes], bias),
  ];
  return { logits: write.op('Gemm', [pooled, ...parameters], { transB: int(1) }), classes, parameters };
}

function contrastive(
  write: GraphWriter,
  pooled: string,
  temperature: number,
  name: string,
): { value: string; logits: string; feeds: FeedDescription[] } {
  if (!(temperature > 0)) throw new NotTrainableError(`A temperature is larger than 0; got ${temperature}.`);
  const targets = feed(write, name, ['batch', 'batch']);
  const candidates = feed(write, 'candidates', ['batch', 'batch']);
  const squares = write.sumOver(write.op('Mul', [pooled, pooled]), [1], true);
  const length = write.op('Sqrt', [write.op('Add', [squares, write.float(1e-12)])]);
  const direction = write.op('Div', [pooled, length]);
  const cosines = write.product(direction, direction, { transB: true, alpha: 1 / temperature });
  const logits = write.op('Add', [cosines, candidates.name]);
  return { value: crossEntropy(write, logits, targets.name), logits, feeds: [targets, candidates] };
}

/**
 * The cost of a word is log(sum(exp(scores))) less its own score, which is a product with one row of the table: so no
 * array of words and tokens is needed beyond the scores themselves.
 */
function maskedLanguageModel(
  write: GraphWriter,
  output: string,
  hidden: number,
  options: MaskedLanguageModelLoss,
): WrittenLoss {
  const { graph } = write;
  const table =
    options.table ?? graph.node.find(({ opType, input }) => opType === 'Gather' && input[1] === 'input_ids')?.input[0];
  const tensor = graph.initializer.find(({ name }) => name === table);
  if (table === undefined || tensor?.dims.length !== 2 || Number(tensor.dims[1]) !== hidden)
    throw new NotTrainableError(
      `Words are guessed with the table of word embeddings, [tokens, ${hidden}], and the model has none that is known: name it.`,
    );
  const tokens = Number(tensor.dims[0]);
  const positions = feed(write, 'positions', ['masked'], 'int64');
  const labels = feed(write, 'labels', ['masked'], 'int64');
  const weights = feed(write, 'weights', ['masked']);
  const bias = parameter(write, 'decoder.bias', [tokens], options.bias ?? new Float32Array(tokens));
  const parameters = [bias];
  let state = write.op('Gather', [write.op('Reshape', [output, write.ints(-1, hidden)]), positions.name]);
  if (options.transform !== undefined) {
    const added = [
      parameter(write, 'transform.weight', [hidden, hidden], options.transform),
      parameter(write, 'transform.bias', [hidden], new Float32Array(hidden)),
      parameter(write, 'transform.norm.weight', [hidden], new Float32Array(hidden).fill(1)),
      parameter(write, 'transform.norm.bias', [hidden], new Float32Array(hidden)),
    ];
    const activated = write.op(
      'Gelu',
      [write.op('Gemm', [state, added[0], added[1]], { transB: int(1) })],
      {},
      microsoft,
    );
    state = write.op('LayerNormalization', [activated, added[2], added[3]], { axis: int(-1), epsilon: float(1e-12) });
    parameters.push(...added);
  }
  const logits = write.op('Gemm', [state, table, bias], { transB: int(1) });
  const all = write.reduce('ReduceLogSumExp', logits, [1]);
  const rows = write.op('Gather', [table, labels.name]);
  const own = write.op('Add', [
    write.sumOver(write.op('Mul', [state, rows]), [1], false),
    write.op('Gather', [bias, labels.name]),
  ]);
  const loss = write.total(write.op('Mul', [write.op('Sub', [all, own]), weights.name]));
  return { loss, logits, feeds: [positions, labels, weights], parameters };
}
