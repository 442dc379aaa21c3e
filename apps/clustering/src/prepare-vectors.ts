import { type Preparation, prepare, type Rows } from '@cairn/kmeans';
import { PoolCrew } from './workers/pool-crew.js';
import type { WorkerPool } from './workers/worker-pool.js';

/**
 * Rows made ready by the threads of the pool: see prepare.
 * @param values `[count, dimension]` in shared memory; changed in place
 */
export async function prepareVectors(
  values: Float32Array,
  shape: { readonly dimension: number; readonly spherical: boolean; readonly tol?: number },
  pool: WorkerPool,
  signal: AbortSignal,
): Promise<{ rows: Rows; preparation: Preparation }> {
  const { dimension, spherical, tol = 1e-4 } = shape;
  return prepare(values, dimension, spherical, tol, new PoolCrew(pool, pool.size, signal));
}
