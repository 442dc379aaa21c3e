import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClusteringClient, toVectors } from '@cairn/contracts';
import { normalizeRows, Random } from '@cairn/numerics';
import { freePort, repository } from '../../test/support/stack.js';
import { memoryWatch } from '../memory-watch.js';
import type { Setting } from './setting.js';

const dimensions = [64, 256];
const clusters = 100;
const rowsPerMessage = 4_096;

/** Passes over the vectors: random ones have no clusters to settle in. */
const passes = 20;

/** MiB that the service may hold of a call's vectors: all of these sets take more. */
const memoryMiB = 16;

/**
 * A million vectors through the clustering service, as a client sends them: random unit vectors, made as they go. Its memory is
 * to depend on the window of rows and on a label and a distance for each, not on the vectors: a tenth of them shows it.
 */
export async function service({ options, report, note, scratch }: Setting): Promise<void> {
  const most = options.quick ? 100_000 : 1_000_000;
  note(`service: ${options.threads} threads, ${memoryMiB} MiB for vectors in memory, ${passes} passes at most`);
  for (const dimension of dimensions) {
    const peaks: number[] = [];
    for (const count of [most / 10, most]) {
      const { peakMiB, seconds, found } = await cluster(count, dimension, options.threads, join(scratch, 'spool'));
      peaks.push(peakMiB);
      const name = `service, ${count} x ${dimension} random unit vectors, k = ${clusters}`;
      report.add(`${name}: most resident`, peakMiB, 'MiB');
      report.add(`${name}: most resident by vectors`, peakMiB / ((count * dimension * 4) / 2 ** 20), 'x');
      report.add(`${name}: seconds`, seconds, 's');
      report.add(`${name}: labels received`, found, '');
    }
    // 16 bytes a row: its label and its distance, as they are found and as they are sent.
    const allowed = (most * 0.9 * 16) / 2 ** 20;
    report.add(`service, ${dimension} dimensions: MiB more for ten times the vectors`, peaks[1] - peaks[0], 'MiB', {
      target: Math.max(64, allowed),
      lower: true,
    });
  }
}

async function cluster(count: number, dimension: number, threads: number, spool: string) {
  mkdirSync(spool, { recursive: true });
  const address = `127.0.0.1:${await freePort()}`;
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    MALLOC_ARENA_MAX: '2',
    CLUSTERING_ADDRESS: address,
    CLUSTERING_THREADS: String(threads),
    CLUSTERING_MEMORY: String(memoryMiB),
    CLUSTERING_SPOOL: spool,
    LOG_LEVEL: 'warn',
  };
  const program = fork(join(repository, 'dist/apps/clustering/src/main.js'), {
    env,
    execArgv: ['--max-old-space-size=256', '--max-semi-space-size=4'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await Promise.race([once(program, 'message'), once(program, 'exit')]);
  const watch = memoryWatch(program.pid!);
  const client = createClusteringClient(address);
  try {
    const began = performance.now();
    const call = client.cluster();
    const sending = (async () => {
      const parameters = { nClusters: clusters, nInit: 1, maxIter: passes };
      await call.send({ start: { count, dimension, parameters, exemplars: 3 } });
      const random = new Random(9);
      for (let from = 0; from < count; from += rowsPerMessage) {
        const rows = Math.min(rowsPerMessage, count - from);
        const values = Float32Array.from({ length: rows * dimension }, () => random.normal());
        normalizeRows(values, dimension);
        await call.send({ vectors: toVectors(values, dimension) });
      }
      call.end();
    })();
    sending.catch(() => {}); // told to the reader
    let found = 0;
    for await (const { assignments } of call) found += assignments?.labels.length ?? 0;
    await sending;
    return { peakMiB: watch.stop() / 2 ** 20, seconds: (performance.now() - began) / 1000, found };
  } finally {
    client.close();
    program.kill('SIGTERM');
    await once(program, 'exit');
  }
}
