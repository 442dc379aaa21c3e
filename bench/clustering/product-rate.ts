import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ProductWork } from './product-rate.worker.js';

/** 10^9 floating point operations a second of float32 products on ONNX Runtime, one session a thread. */
export async function productRate(threads: number, dimension: number, clusters: number): Promise<number> {
  const stride = Math.ceil(dimension / 16) * 16;
  const rows = 1024;
  const times = Math.max(2, Math.ceil(2e10 / (2 * rows * stride * clusters)));
  const workerData: ProductWork = { rows, stride, positions: clusters, times };
  const workers = Array.from(
    { length: threads },
    () => new Worker(join(__dirname, 'product-rate.worker.js'), { workerData }),
  );
  const all = () => Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  await all();
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    const done = all();
    for (const worker of workers) worker.postMessage('go');
    await done;
    best = Math.min(best, (performance.now() - began) / 1000);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return (threads * times * 2 * rows * stride * clusters) / best / 1e9;
}
