import { GraphBuilder, int, text } from '@cairn/onnx-graph';

/** How the losses of a linear classifier are computed, as ONNX graphs: matrix products are nearly all of a training. */

function logitsIn(graph: GraphBuilder): { x: string; z: string } {
  const x = graph.input('x', 'float32', ['rows', 'dimension']);
  const weights = graph.input('weights', 'float32', ['classes', 'dimension']);
  const biases = graph.input('biases', 'float32', ['classes']);
  const [z] = graph.node('Gemm', [x, weights, biases], { attributes: { transB: int(1) }, outputs: ['z'] });
  return { x, z };
}

/** Gradients from residuals `[rows, classes]`: d loss / d logits. */
function gradientsOut(graph: GraphBuilder, x: string, residuals: string): void {
  const [weights] = graph.node('Gemm', [residuals, x], {
    attributes: { transA: int(1) },
    outputs: ['weight_gradient'],
  });
  const axes = graph.constant('axes', 'int64', [1], BigInt64Array.of(0n));
  const [biases] = graph.node('ReduceSum', [residuals, axes], {
    attributes: { keepdims: int(0) },
    outputs: ['bias_gradient'],
  });
  graph.output(weights, 'float32', ['classes', 'dimension']);
  graph.output(biases, 'float32', ['classes']);
}

/** Inputs: x, weights, biases. Output: `z [rows, classes]`. */
export function logitsGraph(): Uint8Array {
  const graph = new GraphBuilder('linear-logits');
  graph.output(logitsIn(graph).z, 'float32', ['rows', 'classes']);
  return graph.bytes();
}

/**
 * Cross-entropy of a softmax. Inputs: x, weights, biases, `label [rows, 1]` int64, `share [rows, 1]`: what each row
 * counts. Outputs: `own [rows, 1]` = log p(label), and the gradients of -sum(share x own).
 */
export function softmaxGraph(): Uint8Array {
  const graph = new GraphBuilder('softmax-regression');
  const { x, z } = logitsIn(graph);
  const label = graph.input('label', 'int64', ['rows', 1]);
  const share = graph.input('share', 'float32', ['rows', 1]);
  const axis = { axis: int(1) };
  const [logs] = graph.node('LogSoftmax', [z], { attributes: axis });
  const [own] = graph.node('GatherElements', [logs, label], { attributes: axis, outputs: ['own'] });
  const [probabilities] = graph.node('Exp', [logs]);
  const [shares] = graph.node('Mul', [probabilities, share]);
  const [minus] = graph.node('Neg', [share]);
  const [residuals] = graph.node('ScatterElements', [shares, label, minus], {
    attributes: { ...axis, reduction: text('add') },
  });
  graph.output(own, 'float32', ['rows', 1]);
  gradientsOut(graph, x, residuals);
  return graph.bytes();
}

/**
 * Binary cross-entropy of a sigmoid for each class. Inputs: x, weights, biases, `all [rows, classes]` and
 * `positive [rows, classes]`: the loss of a cell is all x softplus(z) - positive x z. With a weight p of right cells,
 * `positive` is p where the class applies and 0 elsewhere, `all` is p and 1; both times what the row counts.
 * Outputs: `loss [rows, 1]`, and its gradients.
 */
export function sigmoidGraph(): Uint8Array {
  const graph = new GraphBuilder('sigmoid-regression');
  const { x, z } = logitsIn(graph);
  const all = graph.input('all', 'float32', ['rows', 'classes']);
  const positive = graph.input('positive', 'float32', ['rows', 'classes']);
  const [soft] = graph.node('Softplus', [z]);
  const [weighted] = graph.node('Mul', [all, soft]);
  const [linear] = graph.node('Mul', [positive, z]);
  const [cells] = graph.node('Sub', [weighted, linear]);
  const columns = graph.constant('columns', 'int64', [1], BigInt64Array.of(1n));
  const [loss] = graph.node('ReduceSum', [cells, columns], { outputs: ['loss'] });
  const [probabilities] = graph.node('Sigmoid', [z]);
  const [shares] = graph.node('Mul', [all, probabilities]);
  const [residuals] = graph.node('Sub', [shares, positive]);
  graph.output(loss, 'float32', ['rows', 1]);
  gradientsOut(graph, x, residuals);
  return graph.bytes();
}
