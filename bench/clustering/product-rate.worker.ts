/** Plain matrix products of ONNX Runtime, one session of one thread, for the rate that k-means is measured by. */
import { parentPort, workerData } from 'node:worker_threads';
import { Products } from '@cairn/kmeans';

export interface ProductWork {
  readonly rows: number;
  readonly stride: number;
  readonly positions: number;
  readonly times: number;
}

const { rows, stride, positions, times } = workerData as ProductWork;

async function main(): Promise<void> {
  const products = await Products.create();
  const a = new Float32Array(rows * stride).fill(0.5);
  const b = new Float32Array(positions * stride).fill(0.25);
  const c = new Float32Array(rows * positions);
  await products.multiplyFloats(a, b, stride, c);
  parentPort!.on('message', () => {
    void (async () => {
      for (let i = 0; i < times; i++) await products.multiplyFloats(a, b, stride, c);
      parentPort!.postMessage('done');
    })();
  });
  parentPort!.postMessage('ready');
}

void main();
