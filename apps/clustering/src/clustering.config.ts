import { availableParallelism, tmpdir } from 'node:os';
import {
  address,
  count,
  metricsAddress,
  readEnvironment,
  toTraceSettings,
  traceVariables,
  type TraceSettings,
} from '@cairn/service-kit';
import { z } from 'zod';

const schema = z.object({
  CLUSTERING_ADDRESS: address.default('127.0.0.1:50052'),
  /** Worker threads; 0 chooses: one a core, two at most. */
  CLUSTERING_THREADS: count.default(0),
  /** Calls that hold their vectors at once, and those that may wait for one of them to end. */
  CLUSTERING_RUNS: count.min(1).default(2),
  CLUSTERING_WAITING: count.default(8),
  /** Most MiB of memory that the vectors of one call may take; more are clustered from disk, by k-means only. */
  CLUSTERING_MEMORY: count.min(1).default(512),
  /** Most MiB that the vectors of one call may take on disk, and the folder they lie in while it runs. */
  CLUSTERING_DISK: count.default(8192),
  CLUSTERING_SPOOL: z.string().min(1).default(tmpdir()),
  METRICS_ADDRESS: metricsAddress,
  ...traceVariables,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface ClusteringConfig {
  readonly address: string;
  readonly threads: number;
  readonly runs: number;
  readonly waiting: number;
  readonly maxBytes: number;
  readonly maxDiskBytes: number;
  readonly spoolFolder: string;
  /** "host:port"; absent: nothing is counted. */
  readonly metricsAddress?: string;
  /** Absent: no traces. */
  readonly traces?: TraceSettings;
  readonly logLevel: string;
}

export function readConfig(): ClusteringConfig {
  const given = readEnvironment(schema, process.env);
  return {
    address: given.CLUSTERING_ADDRESS,
    threads: given.CLUSTERING_THREADS || Math.min(2, availableParallelism()),
    runs: given.CLUSTERING_RUNS,
    waiting: given.CLUSTERING_WAITING,
    maxBytes: given.CLUSTERING_MEMORY * 2 ** 20,
    maxDiskBytes: given.CLUSTERING_DISK * 2 ** 20,
    spoolFolder: given.CLUSTERING_SPOOL,
    metricsAddress: given.METRICS_ADDRESS,
    traces: toTraceSettings(given),
    logLevel: given.LOG_LEVEL,
  };
}
