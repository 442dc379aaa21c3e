import { float, int } from '../../graph-builder.js';
import { isOperator } from '../../graph-index.js';
import type { NodeProto } from '../../model.js';
import type { Backward, Gradient, GradientRule } from '../backward.js';
import { NotTrainableError } from '../not-trainable.js';
import { numberOf } from './elementwise-rules.js';

/** MatMul and ONNX Runtime's FusedMatMul: y = alpha · op(a) · op(b), op being a transposition of the last two axes or none. */
const matMul: GradientRule = (node, [gradient], back) => {
  const [a, b] = node.input;
  const [y] = node.output;
  if (back.rank(a) < 2 || back.rank(b) < 2 || numberOf(node, 'transBatchA', 0) || numberOf(node, 'transBatchB', 0))
    throw new NotTrainableError(
      `The operator ${node.opType} (node "${node.name ?? y}") multiplies vectors, which has no gradient here.`,
      node.opType,
      node.name,
    );
  const transA = numberOf(node, 'transA', 0) === 1;
  const transB = numberOf(node, 'transB', 0) === 1;
  const given = { ...gradient!, scale: gradient!.scale * numberOf(node, 'alpha', 1) };
  if (back.rank(b) === 2 && !transA) return rowsTimesMatrix(back, a, b, y, transB, given);
  const { value, scale } = given;
  const { write } = back;
  if (back.needs(a)) {
    const product = transA
      ? write.product(b, value, { transA: transB, transB: true, alpha: scale })
      : write.product(value, b, { transB: !transB, alpha: scale });
    back.add(a, stack(back, product, y, a));
  }
  if (back.needs(b)) {
    const product = transB
      ? write.product(value, a, { transA: true, transB: transA, alpha: scale })
      : write.product(a, value, { transA: !transA, alpha: scale });
    back.add(b, stack(back, product, y, b));
  }
};

/** Sums the gradient of a stack of matrices that was broadcast over other stacks. */
function stack(back: Backward, product: string, y: string, operand: string): Gradient {
  const matrix = back.dims(operand).slice(-2);
  const from = [...back.dims(y).slice(0, -2), ...matrix];
  return back.unbroadcast({ value: product, scale: 1 }, from, back.dims(operand));
}

/** A stack of rows times one matrix, as linear layers are: one large product for each gradient. */
function rowsTimesMatrix(back: Backward, a: string, b: string, y: string, transB: boolean, given: Gradient): void {
  const { write } = back;
  const { value, scale } = given;
  if (back.needs(a)) back.add(a, { value: write.product(value, b, { transB: !transB, alpha: scale }), scale: 1 });
  if (!back.needs(b)) return;
  const [rowsOfB, columnsOfB] = back.dims(b);
  const [k, n] = transB ? [columnsOfB, rowsOfB] : [rowsOfB, columnsOfB];
  const rows = back.asMatrix(a, back.rank(a), k);
  const gradients = back.asMatrix(value, back.rank(y), n);
  const factors = transB ? [gradients, rows] : [rows, gradients];
  back.add(b, { value: write.op('Gemm', factors, gemmAttributes(true, false, scale)), scale: 1 });
}

const gemm: GradientRule = (node, [gradient], back) => {
  const [a, b, c] = node.input;
  const { write } = back;
  const transA = numberOf(node, 'transA', 0) === 1;
  const transB = numberOf(node, 'transB', 0) === 1;
  const { value } = gradient!;
  const scale = gradient!.scale * numberOf(node, 'alpha', 1);
  const product = (inputs: string[], transposeFirst: boolean, transposeSecond: boolean): Gradient => ({
    value: write.op('Gemm', inputs, gemmAttributes(transposeFirst, transposeSecond, scale)),
    scale: 1,
  });
  if (back.needs(a)) back.add(a, transA ? product([b, value], transB, true) : product([value, b], false, !transB));
  if (back.needs(b)) back.add(b, transB ? product([value, a], true, transA) : product([a, value], !transA, false));
  if (!back.needs(c)) return;
  const given = { value, scale: gradient!.scale * numberOf(node, 'beta', 1) };
  back.add(c, back.unbroadcast(given, back.dims(node.output[0]), back.dims(c)));
};

const gemmAttributes = (transA: boolean, transB: boolean, alpha: number) => ({
  ...(transA && { transA: int(1) }),
  ...(transB && { transB: int(1) }),
  ...(alpha !== 1 && { alpha: float(alpha) }),
});

export const productRules: Readonly<Record<string, GradientRule>> = {
  MatMul: matMul,
  FusedMatMul: matMul,
  Gemm: gemm,
};

/** Whether a node multiplies by a matrix of weights, which is its second input. */
export const isProduct = (node: NodeProto): boolean => isOperator(node, 'MatMul', 'FusedMatMul', 'Gemm');
