import { float, int, ints } from '@cairn/onnx-graph';
import type { ExportStyle } from './options.js';
import type { TracedGraph } from './traced-graph.js';

/** LayerNorm over the last dimension, as one operator or as exporters before opset 17 take it apart. */
export function layerNorm(
  graph: TracedGraph,
  style: ExportStyle,
  module: string,
  x: string,
  epsilon: number,
  output?: string,
): string {
  const gamma = graph.weight(`${module}.weight`);
  const beta = graph.weight(`${module}.bias`);
  if (style.layerNorm === 'fused') {
    const attributes = { axis: int(-1), epsilon: float(epsilon) };
    return graph.op(module, 'LayerNormalization', [x, gamma, beta], attributes, output);
  }
  const mean = (of: string): string =>
    style.opset < 18
      ? graph.op(module, 'ReduceMean', [of], { axes: ints([-1]) })
      : graph.op(module, 'ReduceMean', [of, graph.integers(module, -1)]);
  const centred = graph.op(module, 'Sub', [x, mean(x)]);
  const variance = mean(graph.op(module, 'Pow', [centred, graph.float(module, 2)]));
  const deviation = graph.op(module, 'Sqrt', [graph.op(module, 'Add', [variance, graph.float(module, epsilon)])]);
  const scaled = graph.op(module, 'Mul', [graph.op(module, 'Div', [centred, deviation]), gamma]);
  return graph.op(module, 'Add', [scaled, beta], {}, output);
}
