/**
 * Graphs that compare a block of rows with many points and give only what is wanted of the distances: the matrix itself
 * leaves the runtime only where it must. In all of them `points` is `[points, dimension]` and `rows` is `[block, dimension]`.
 */
import { float, GraphBuilder, int } from '@cairn/onnx-graph';

/** `alpha` rows · pointsᵀ + `bias [points]`. */
function product(graph: GraphBuilder, alpha: number): string {
  const rows = graph.input('rows', 'float32', ['block', 'dimension']);
  const points = graph.input('points', 'float32', ['points', 'dimension']);
  const bias = graph.input('bias', 'float32', ['points']);
  return graph.node('Gemm', [rows, points, bias], { attributes: { alpha: float(alpha), transB: int(1) } })[0];
}

/** Squared Euclidean distances: `bias` and `row_norms [block, 1]` are squared norms. */
function squaredDistances(graph: GraphBuilder): string {
  const norms = graph.input('row_norms', 'float32', ['block', 1]);
  const [sum] = graph.node('Add', [product(graph, -2), norms]);
  // Rounding may leave a crumb below zero.
  return graph.node('Relu', [sum])[0];
}

/** Outputs: the `k` smallest `values [block, k]`, rising, and their `indices [block, k]`. */
function smallest(graph: GraphBuilder, distances: string): Uint8Array {
  const k = graph.input('k', 'int64', [1]);
  const attributes = { axis: int(1), largest: int(0), sorted: int(1) };
  const [values, wide] = graph.node('TopK', [distances, k], { attributes, outputs: ['values', 'wide'] });
  const [indices] = graph.node('Cast', [wide], { attributes: { to: int(6) }, outputs: ['indices'] });
  graph.output(values, 'float32', ['block', 'k']);
  graph.output(indices, 'int32', ['block', 'k']);
  return graph.bytes();
}

/** The nearest points by squared Euclidean distance; a bias of infinity hides a point. */
export function euclideanNeighboursGraph(): Uint8Array {
  const graph = new GraphBuilder('euclidean-neighbours');
  return smallest(graph, squaredDistances(graph));
}

/** The nearest points by 1 - product; `bias` is 1, or infinity to hide a point. */
export function cosineNeighboursGraph(): Uint8Array {
  const graph = new GraphBuilder('cosine-neighbours');
  return smallest(graph, product(graph, -1));
}

/**
 * The nearest by Ward's criterion: the squared distance times a b / (a + b) for sizes a and b, whose inverses are
 * `row_inverses [block, 1]` and `inverses [points]`.
 */
export function wardNeighboursGraph(): Uint8Array {
  const graph = new GraphBuilder('ward-neighbours');
  const distances = squaredDistances(graph);
  const rowInverses = graph.input('row_inverses', 'float32', ['block', 1]);
  const inverses = graph.input('inverses', 'float32', ['points']);
  const [sums] = graph.node('Add', [rowInverses, inverses]);
  return smallest(graph, graph.node('Div', [distances, sums])[0]);
}

/** Output: all of them, `distances [block, points]`, for searches that no operator can do. */
export function squaredDistancesGraph(): Uint8Array {
  const graph = new GraphBuilder('squared-distances');
  const [distances] = graph.node('Identity', [squaredDistances(graph)], { outputs: ['distances'] });
  graph.output(distances, 'float32', ['block', 'points']);
  return graph.bytes();
}

/** Output: `sums [block]`, the sum of the Euclidean distances of each row to all points. */
export function distanceSumsGraph(): Uint8Array {
  const graph = new GraphBuilder('distance-sums');
  const [roots] = graph.node('Sqrt', [squaredDistances(graph)]);
  const axes = graph.constant('axes', 'int64', [1], BigInt64Array.of(1n));
  const [sums] = graph.node('ReduceSum', [roots, axes], { attributes: { keepdims: int(0) }, outputs: ['sums'] });
  graph.output(sums, 'float32', ['block']);
  return graph.bytes();
}

/**
 * Input: `rows [block, dimension]`. With G = rowsᵀ · rows and f its Frobenius norm, outputs `norm [1]` = f² and `power_norm [1]`, the
 * squared Frobenius norm of (G / f)⁸: f times the 16th root of that is at least the largest eigenvalue of G, and close to it.
 */
export function gramNormGraph(): Uint8Array {
  const graph = new GraphBuilder('gram-norm');
  const rows = graph.input('rows', 'float32', ['block', 'dimension']);
  const shape = graph.constant('shape', 'int64', [1], BigInt64Array.of(1n));
  const squaredNorm = (matrix: string, name: string) => {
    const [sum] = graph.node('ReduceSumSquare', [matrix], { attributes: { keepdims: int(0) } });
    return graph.output(graph.node('Reshape', [sum, shape], { outputs: [name] })[0], 'float32', [1]);
  };
  const [gram] = graph.node('Gemm', [rows, rows], { attributes: { transA: int(1) } });
  squaredNorm(gram, 'norm');
  const [size] = graph.node('Sqrt', ['norm']);
  let [power] = graph.node('Div', [gram, size]);
  for (let doubled = 0; doubled < 3; doubled++) [power] = graph.node('MatMul', [power, power]);
  squaredNorm(power, 'power_norm');
  return graph.bytes();
}
