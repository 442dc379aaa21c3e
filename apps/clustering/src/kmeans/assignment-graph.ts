import { float, GraphBuilder, int } from '@cairn/onnx-graph';

/**
 * Squared distances without what is the same for all centroids of a row: |c|² - 2 x·c, as one Gemm.
 * Inputs: `rows [block, dimension]`, `centroids [clusters, dimension]`, `norms [clusters]` = |c|².
 */
function relativeDistances(graph: GraphBuilder): string {
  const rows = graph.input('rows', 'float32', ['block', 'dimension']);
  const centroids = graph.input('centroids', 'float32', ['clusters', 'dimension']);
  const norms = graph.input('norms', 'float32', ['clusters']);
  const attributes = { alpha: float(-2), transB: int(1) };
  return graph.node('Gemm', [rows, centroids, norms], { attributes, outputs: ['distances'] })[0];
}

/**
 * The distances themselves, for few centroids (the candidates of seeding).
 * Output: `distances [block, clusters]`.
 */
export function distanceGraph(): Uint8Array {
  const graph = new GraphBuilder('relative-distances');
  graph.output(relativeDistances(graph), 'float32', ['block', 'clusters']);
  return graph.bytes();
}

/**
 * Fused with the choice of the nearest, so that the matrix of distances never leaves the runtime. The two nearest are
 * given: their gap tells whether float32 was precise enough to decide. Needs two centroids or more.
 * Outputs: `nearest_distances [block, 2]`, ascending, and `nearest [block, 2]`, their centroids.
 */
export function assignmentGraph(): Uint8Array {
  const graph = new GraphBuilder('nearest-centroids');
  const distances = relativeDistances(graph);
  const two = graph.constant('two', 'int64', [1], BigInt64Array.of(2n));
  const attributes = { axis: int(1), largest: int(0), sorted: int(1) };
  const [values, indices] = graph.node('TopK', [distances, two], {
    attributes,
    outputs: ['nearest_distances', 'indices'],
  });
  const [nearest] = graph.node('Cast', [indices], { attributes: { to: int(6) }, outputs: ['nearest'] });
  graph.output(values, 'float32', ['block', 2]);
  graph.output(nearest, 'int32', ['block', 2]);
  return graph.bytes();
}
