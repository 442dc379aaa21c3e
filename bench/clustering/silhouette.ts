import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lloyd, prepare, withNorms } from '@cairn/kmeans';
import { Random, takeRows } from '@cairn/numerics';
import { PairwiseDistances } from '../../apps/clustering/src/distances/pairwise.js';
import { silhouette as meanSilhouette } from '../../apps/clustering/src/evaluation/silhouette.js';
import { PoolCrew } from '../../apps/clustering/src/workers/pool-crew.js';
import { WorkerPool } from '../../apps/clustering/src/workers/worker-pool.js';
import { PythonPeers } from './python-peers.js';
import type { Setting } from './setting.js';
import { readVectors, vectorFile, vectorKinds, type VectorKind } from './vectors.js';

const worker = join(__dirname, '../../apps/clustering/src/workers/kmeans-worker.js');
const clusters = 100;

/** Steps of k-means that make the clusters: as good as done. */
const iterations = 10;

/** What is looked at; scikit-learn compares all pairs, so that 384 dimensions and Euclidean distances would take it an hour. */
const cases: readonly { kind: VectorKind; dimension: number; spherical: boolean }[] = [
  { kind: 'embeddings', dimension: 64, spherical: false },
  { kind: 'mixture', dimension: 64, spherical: false },
  { kind: 'embeddings', dimension: 384, spherical: true },
];

/** Wanted: so many times faster, and the same to so much. */
const wantedRatio = 5;
const wantedDifference = 1e-3;

/** The exact mean silhouette of all rows beside scikit-learn's `silhouette_score`, which uses its BLAS with all threads. */
export async function silhouette({ options, report, note, scratch }: Setting): Promise<void> {
  const count = options.quick ? 10_000 : 100_000;
  const peers = PythonPeers.start(options.threads);
  const pairwise = new PairwiseDistances(options.threads);
  try {
    const versions = await peers.ask<Record<string, string>>({ what: 'versions' });
    const peer = `scikit-learn ${versions.sklearn}, ${versions.blas}`;
    note(`silhouette: ${options.threads} threads each; ${peer}`);
    for (const { kind, dimension, spherical } of cases) {
      const vectors = vectorFile(scratch, kind, count, dimension);
      const labels = await clusteredRows(options.threads, vectors, spherical);
      const labelFile = join(scratch, `silhouette-labels.i32`);
      writeFileSync(labelFile, new Uint8Array(labels.buffer));
      const rows = withNorms(Float32Array.from(readVectors(vectors)), dimension);
      const settings = { spherical, seed: 1, sampleLimit: count };
      const began = performance.now();
      const ours = await meanSilhouette(rows, labels, clusters, settings, pairwise, () => {});
      const seconds = (performance.now() - began) / 1000;
      const theirs = await peers.ask<{ seconds: number; silhouette: number }>({
        what: 'silhouette',
        vectors: vectors.file,
        labels: labelFile,
        n: count,
        d: dimension,
        metric: spherical ? 'cosine' : 'euclidean',
      });
      const name = `${count} x ${dimension}, k = ${clusters}, ${vectorKinds[kind]}, ${spherical ? 'cosine' : 'Euclidean'}`;
      report.add(`silhouette, ${name}`, seconds, 's', { peer: `${theirs.seconds.toFixed(2)} s: ${peer}` });
      const ratio = theirs.seconds / seconds;
      report.add(`silhouette, ${name}: times faster than scikit-learn`, ratio, 'x', {
        target: wantedRatio,
        peer,
      });
      const difference = Math.abs(ours.mean - theirs.silhouette);
      report.add(`silhouette, ${name}: difference to scikit-learn's ${theirs.silhouette.toFixed(6)}`, difference, '', {
        target: wantedDifference,
        lower: true,
        peer,
      });
    }
  } finally {
    await pairwise.release();
    await peers.stop();
  }
}

/** Labels of k-means that has nearly converged, all clusters in use. */
async function clusteredRows(
  threads: number,
  vectors: ReturnType<typeof vectorFile>,
  spherical: boolean,
): Promise<Int32Array> {
  const { count, dimension } = vectors;
  const pool = new WorkerPool(threads, worker);
  try {
    const crew = new PoolCrew(pool, threads, new AbortController().signal);
    const { rows } = await prepare(readVectors(vectors), dimension, spherical, 0, crew);
    const start = takeRows(rows.values, dimension, new Random(5).sample(count, clusters));
    const found = await lloyd(rows, start, { maxIter: iterations, tolerance: 0, spherical }, crew);
    return Int32Array.from(found.labels);
  } finally {
    await pool.close();
  }
}
