/** Clusters vectors made by a seed, in a process of its own, and says how much memory that took. */
import { join } from 'node:path';
import { fitKMeans, streamKMeans } from '@cairn/kmeans';
import { Random } from '@cairn/numerics';
import { PoolCrew } from '../../apps/clustering/src/workers/pool-crew.js';
import { WorkerPool } from '../../apps/clustering/src/workers/worker-pool.js';
import { memoryWatch } from '../memory-watch.js';

const [way, ...numbers] = process.argv.slice(2);
const [count, dimension, clusters, threads] = numbers.map(Number);
const iterations = 3;
const blockRows = 10_000;

/** Rows around 2,000 middles: cheap to make again in each pass. */
async function* blocks(): AsyncGenerator<Float32Array> {
  const random = new Random(3);
  const middles = Float32Array.from({ length: 2000 * dimension }, () => random.normal());
  const noise = Float32Array.from({ length: 2 ** 20 }, () => random.normal());
  for (let start = 0; start < count; start += blockRows) {
    const rows = new Float32Array(Math.min(blockRows, count - start) * dimension);
    for (let at = 0; at < rows.length; at += dimension) {
      const middle = random.below(2000) * dimension;
      const from = random.below(noise.length - dimension);
      for (let j = 0; j < dimension; j++) rows[at + j] = middles[middle + j] + 0.7 * noise[from + j];
    }
    yield rows;
  }
}

async function main(): Promise<void> {
  const pool = new WorkerPool(threads, join(__dirname, '../../apps/clustering/src/workers/kmeans-worker.js'));
  const crew = new PoolCrew(pool, threads, new AbortController().signal);
  const watch = memoryWatch(process.pid);
  const options = { clusters, seed: 1, tol: 0 };
  let seconds = 0;
  if (way === 'memory') {
    const values = new Float32Array(new SharedArrayBuffer(count * dimension * 4));
    let at = 0;
    for await (const rows of blocks()) {
      values.set(rows, at);
      at += rows.length;
    }
    const began = performance.now();
    await fitKMeans(values, dimension, { ...options, init: 'random', maxIter: iterations }, crew);
    seconds = (performance.now() - began) / 1000;
  } else {
    const began = performance.now();
    await streamKMeans({ dimension, blocks }, { ...options, maxPasses: iterations }, crew);
    seconds = (performance.now() - began) / 1000;
  }
  const peakBytes = watch.stop();
  await pool.close();
  console.log(JSON.stringify({ vectorBytes: count * dimension * 4, peakBytes, seconds, iterations }));
}

void main();
