import { lloyd, prepare } from '@cairn/kmeans';
import { Random, takeRows } from '@cairn/numerics';
import type { PoolCrew } from '../../apps/clustering/src/workers/pool-crew.js';
import type { Setting } from './setting.js';
import { readVectors, vectorFile } from './vectors.js';

const count = 10_000;
const dimension = 384;
const clusters = 100;
const iterations = 5;

/** The part of ml-kmeans that is used. */
interface MlKmeans {
  kmeans(
    data: number[][],
    k: number,
    options: { initialization: number[][]; maxIterations: number; tolerance: number },
  ): { iterations: number; clusters: number[] };
}

/** As many iterations from the same start; fewer rows, for it takes long. */
export async function besideMlKmeans({ report, note, scratch }: Setting, crew: PoolCrew): Promise<void> {
  const vectors = vectorFile(scratch, 'embeddings', count, dimension);
  const values = readVectors(vectors);
  const start = takeRows(values, dimension, new Random(11, clusters).sample(count, clusters));
  const lists = (matrix: Float32Array) =>
    Array.from({ length: matrix.length / dimension }, (_, i) =>
      Array.from(matrix.subarray(i * dimension, (i + 1) * dimension)),
    );
  const packageName: string = 'ml-kmeans';
  const peer = (await import(packageName).catch(() => undefined)) as MlKmeans | undefined;
  if (peer === undefined) return note('ml-kmeans: not installed, not compared (npm install --no-save ml-kmeans@7)');
  const data = lists(values);
  const initialization = lists(start);
  let began = performance.now();
  peer.kmeans(data, clusters, { initialization, maxIterations: iterations, tolerance: 0 });
  const theirs = (performance.now() - began) / 1000;
  const once = async () => {
    began = performance.now();
    const { preparation, rows } = await prepare(values.slice(), dimension, false, 0, crew);
    const moved = start.map((value, at) => (value - preparation.offset[at % dimension]) * preparation.scale);
    await lloyd(rows, moved, { maxIter: iterations, tolerance: 0, spherical: false }, crew);
    return (performance.now() - began) / 1000;
  };
  await once();
  const ours = await once();
  const name = `${count} x ${dimension}, k = ${clusters}, ${iterations} iterations`;
  report.add(name, ours, 's');
  report.add(`${name}: ml-kmeans`, theirs, 's', { peer: 'ml-kmeans 7' });
  report.add(`${name}: times as fast as ml-kmeans`, theirs / ours, 'x', { target: 20 });
}
