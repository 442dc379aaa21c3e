import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lloyd, type LloydOptions, prepare } from '@cairn/kmeans';
import { Random, takeRows } from '@cairn/numerics';
import { PoolCrew } from '../../apps/clustering/src/workers/pool-crew.js';
import { WorkerPool } from '../../apps/clustering/src/workers/worker-pool.js';
import { besideMlKmeans } from './ml-kmeans.js';
import { PythonPeers, type PeerFit } from './python-peers.js';
import { productRate } from './product-rate.js';
import type { Setting } from './setting.js';
import { readVectors, vectorFile, vectorKinds, type VectorFile, type VectorKind } from './vectors.js';

const worker = join(__dirname, '../../apps/clustering/src/workers/kmeans-worker.js');
const clusterCounts = [100, 1000];
const dimension = 384;

/** scikit-learn's default. */
const tol = 1e-4;
const mostIterations = 300;

/** Iterations from which the time of one is taken. */
const timedIterations = 3;

interface OurFit extends PeerFit {
  /** Of each iteration. */
  readonly each: readonly number[];
}

/** k-means beside scikit-learn, FAISS and ml-kmeans: same vectors, same start, same rule, same number of threads. */
export async function speed(setting: Setting): Promise<void> {
  const { options, report, note, scratch } = setting;
  const count = options.quick ? 10_000 : 100_000;
  const pool = new WorkerPool(options.threads, worker);
  const crew = new PoolCrew(pool, options.threads, new AbortController().signal);
  const peers = PythonPeers.start(options.threads);
  try {
    const found = await peers.ask<Record<string, string>>({ what: 'versions' });
    note(`peers: scikit-learn ${found.sklearn}, FAISS ${found.faiss}, ${found.blas}; ${options.threads} threads each`);
    for (const clusters of clusterCounts) {
      if (options.clusters !== undefined && options.clusters !== clusters) continue;
      const rate = await productRate(options.threads, dimension, clusters);
      report.add(`float32 products of ONNX Runtime, ${dimension} x ${clusters}`, rate, 'GFLOP/s');
      const blas = await peers.ask<{ rate: number }>({ what: 'rate', n: 20_000, d: dimension, k: clusters });
      report.add(`float32 products of the peers' BLAS, ${dimension} x ${clusters}`, blas.rate, 'GFLOP/s', {
        peer: found.blas,
      });
      for (const kind of Object.keys(vectorKinds) as VectorKind[]) {
        if (options.vectors !== undefined && options.vectors !== kind) continue;
        const vectors = vectorFile(scratch, kind, count, dimension);
        const name = `${count} x ${dimension}, k = ${clusters}, ${vectorKinds[kind]}`;
        const faissIteration = await oneIteration(setting, crew, peers, vectors, clusters, name, rate);
        await toConvergence(setting, crew, peers, vectors, clusters, name, faissIteration);
      }
    }
    if (options.clusters !== 1000 && options.vectors !== 'mixture') await besideMlKmeans(setting, crew);
  } finally {
    await peers.stop();
    await pool.close();
  }
}

/** The same first centroids for all: rows drawn by a seed. */
function startFile(setting: Setting, vectors: VectorFile, clusters: number): { start: Float32Array; file: string } {
  const chosen = new Random(11, clusters).sample(vectors.count, clusters);
  const start = takeRows(readVectors(vectors), dimension, chosen);
  const file = join(setting.scratch, `start-${clusters}.f32`);
  writeFileSync(file, new Uint8Array(start.buffer));
  return { start, file };
}

/** From vectors in memory, as the peers have it: the preparation is part of the time. */
async function ourFit(
  crew: PoolCrew,
  vectors: VectorFile,
  start: Float32Array,
  options: Pick<LloydOptions, 'maxIter' | 'pruning'> & { tol: number },
): Promise<OurFit> {
  const values = readVectors(vectors);
  const each: number[] = [];
  const began = performance.now();
  const { preparation, rows } = await prepare(values, dimension, false, options.tol, crew);
  const { offset, scale, tolerance } = preparation;
  const moved = start.map((value, at) => (value - offset[at % dimension]) * scale);
  let last = performance.now();
  const onIteration = () => {
    const now = performance.now();
    each.push((now - last) / 1000);
    last = now;
  };
  const { maxIter, pruning } = options;
  const fit = await lloyd(rows, moved, { maxIter, pruning, tolerance, spherical: false, onIteration }, crew);
  const seconds = (performance.now() - began) / 1000;
  return { seconds, iterations: fit.iterations, inertia: fit.inertia / scale ** 2, each };
}

/** One iteration that looks at all rows and all centroids: no bounds. Gives the seconds of one of FAISS. */
async function oneIteration(
  setting: Setting,
  crew: PoolCrew,
  peers: PythonPeers,
  vectors: VectorFile,
  clusters: number,
  name: string,
  rate: number,
): Promise<number> {
  const { report } = setting;
  const { start, file } = startFile(setting, vectors, clusters);
  const fit = await ourFit(crew, vectors, start, { maxIter: 1 + timedIterations, pruning: false, tol: 0 });
  const ours = fit.each.slice(1).reduce((sum, seconds) => sum + seconds, 0) / timedIterations;
  const theirs = async (what: string) => {
    const request = { what, vectors: vectors.file, start: file, n: vectors.count, d: dimension, tol: 0 };
    const few = await peers.ask<PeerFit>({ ...request, iterations: 1 });
    const more = await peers.ask<PeerFit>({ ...request, iterations: 1 + timedIterations });
    return (more.seconds - few.seconds) / timedIterations;
  };
  const sklearn = await theirs('sklearn');
  const faiss = await theirs('faiss');
  report.add(`full iteration, ${name}`, ours, 's');
  report.add(`full iteration, ${name}: scikit-learn`, sklearn, 's', { peer: 'scikit-learn' });
  report.add(`full iteration, ${name}: FAISS`, faiss, 's', { peer: 'FAISS' });
  report.add(`full iteration, ${name}: times as fast as the faster of the two`, Math.min(sklearn, faiss) / ours, 'x', {
    target: 1,
  });
  const achieved = (2 * vectors.count * dimension * clusters) / ours / 1e9 / rate;
  report.add(`full iteration, ${name}: share of the rate of float32 products`, achieved, 'share', { target: 0.7 });
  return faiss;
}

async function toConvergence(
  setting: Setting,
  crew: PoolCrew,
  peers: PythonPeers,
  vectors: VectorFile,
  clusters: number,
  name: string,
  faissIteration: number,
): Promise<void> {
  const { report, note } = setting;
  const { start, file } = startFile(setting, vectors, clusters);
  const ours = await ourFit(crew, vectors, start, { maxIter: mostIterations, tol });
  const request = { vectors: vectors.file, start: file, n: vectors.count, d: dimension, tol };
  const sklearn = await peers.ask<PeerFit>({ ...request, what: 'sklearn', iterations: mostIterations });
  // FAISS knows no such rule: it is taken at as many iterations as scikit-learn needed.
  const faiss = faissIteration * sklearn.iterations;
  report.add(`to convergence, ${name}`, ours.seconds, 's');
  report.add(`to convergence, ${name}: iterations`, ours.iterations, 'iterations');
  report.add(`to convergence, ${name}: scikit-learn`, sklearn.seconds, 's', { peer: 'scikit-learn' });
  report.add(`to convergence, ${name}: iterations of scikit-learn`, sklearn.iterations, 'iterations', {
    peer: 'scikit-learn',
  });
  report.add(`to convergence, ${name}: FAISS, as many iterations`, faiss, 's', { peer: 'FAISS' });
  const faster = Math.min(sklearn.seconds, faiss);
  report.add(`to convergence, ${name}: times as fast as the faster of the two`, faster / ours.seconds, 'x', {
    target: 2,
  });
  const worse = ours.inertia / sklearn.inertia - 1;
  report.add(`to convergence, ${name}: inertia above scikit-learn's`, worse, 'share', {
    target: 0.001,
    lower: true,
  });
  note(`to convergence, ${name}: iterations took ${ours.each.map((s) => s.toFixed(2)).join(' ')} s`);
}
