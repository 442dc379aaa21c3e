import type { NodeProto } from '../../model.js';
import type { Backward, GradientRule } from '../backward.js';
import { NotTrainableError } from '../not-trainable.js';
import { axisOf } from './movement-rules.js';

/** y (g - sum(g y)): four passes. */
const softmax: GradientRule = (node, [gradient], back) => {
  const { write } = back;
  const [y] = node.output;
  const axis = axisOf(node, back.rank(y), -1);
  const { value, scale } = gradient!;
  const mean = write.sumOver(write.op('Mul', [value, y]), [axis], true);
  back.add(node.input[0], { value: write.op('Mul', [write.op('Sub', [value, mean]), y]), scale });
};

/** g - exp(y) sum(g). */
const logSoftmax: GradientRule = (node, [gradient], back) => {
  const { write } = back;
  const [y] = node.output;
  const { value, scale } = gradient!;
  const total = write.sumOver(value, [axisOf(node, back.rank(y), -1)], true);
  const share = write.op('Mul', [write.op('Exp', [y]), total]);
  back.add(node.input[0], { value: write.op('Sub', [value, share]), scale });
};

/**
 * LayerNormalization over the last axis (arXiv:1607.06450). With c = x - mean, r = 1 / deviation and n columns:
 * dx = r (g w - mean(g w) - c r² mean(g w c)); the means of products with w are products of a matrix and a vector.
 */
const layerNorm: GradientRule = (node, [gradient], back) => {
  const { write } = back;
  const [x, gain, bias] = node.input;
  const rank = back.rank(x);
  const columns = back.dims(gain)[0];
  if (axisOf(node, rank, -1) !== rank - 1 || columns === undefined) throw onlyLastAxis(node);
  const { value, scale } = gradient!;
  const [mean, inverse] = statistics(back, node);
  if (back.needs(bias)) back.add(bias, back.unbroadcast(gradient!, back.dims(x), back.dims(bias)));
  if (!back.needs(gain) && !back.needs(x)) return;
  const centred = write.op('Sub', [x, mean]);
  const product = write.op('Mul', [value, centred]);
  if (back.needs(gain)) {
    const normalised = { value: write.op('Mul', [product, inverse]), scale };
    back.add(gain, back.unbroadcast(normalised, back.dims(x), back.dims(gain)));
  }
  if (!back.needs(x)) return;
  const share = write.float(1 / columns);
  const weights = write.op('Reshape', [write.op('Mul', [gain, share]), write.ints(columns, 1)]);
  const meanGradient = write.op('MatMul', [value, weights]);
  const variance = write.op('Mul', [inverse, inverse]);
  const along = write.op('Mul', [write.op('MatMul', [product, weights]), variance]);
  const rest = write.op('Sub', [write.op('Mul', [value, gain]), write.op('Mul', [centred, along])]);
  const moved = write.op('Sub', [rest, meanGradient]);
  back.add(x, { value: write.op('Mul', [moved, inverse]), scale });
};

/** Mean and one over the deviation of each row `[..., 1]`: outputs of the operator that few ask for. */
function statistics(back: Backward, node: NodeProto): string[] {
  while (node.output.length < 3) node.output.push('');
  for (const i of [1, 2]) node.output[i] ||= back.write.fresh(`${node.output[0]}/${i === 1 ? 'mean' : 'inverse'}`);
  return node.output.slice(1);
}

const onlyLastAxis = (node: NodeProto): NotTrainableError =>
  new NotTrainableError(
    `The operator LayerNormalization (node "${node.name ?? node.output[0]}") normalises more than the last axis.`,
    node.opType,
    node.name,
  );

export const normalisationRules: Readonly<Record<string, GradientRule>> = {
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: layerNorm,
};
