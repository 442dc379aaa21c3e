import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from './log.js';
import { startMetricsServer } from './metrics-server.js';

/** Counts what a service does, for Prometheus. */
export interface ServiceMetrics {
  /** A call has ended: "ok", or the code of its error. */
  callEnded(method: string, code: string, seconds: number): void;
  /** Figures that are read when somebody scrapes, by the values of their labels. */
  gauge<L extends string>(name: string, help: string, labels: readonly L[], read: () => Promise<GaugeRow<L>[]>): void;
  /** What GET /healthz says from now on; "not ready" at first. */
  setReady(ready: boolean): void;
  close(): Promise<void>;
}

export type GaugeRow<L extends string> = { readonly labels: Record<L, string>; readonly value: number };

const silent: ServiceMetrics = { callEnded: () => {}, gauge: () => {}, setReady: () => {}, close: async () => {} };

const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Begins to count, and serves the figures on `address` ("host:port"): the process's own and `cairn_<service>_...`. Without
 * an address nothing is counted.
 * @throws ConfigurationError naming METRICS_ADDRESS if nobody can listen there
 */
export async function openServiceMetrics(
  service: string,
  address: string | undefined,
  logger: Logger,
): Promise<ServiceMetrics> {
  if (address === undefined) return silent;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const calls = new Histogram({
    name: `cairn_${service}_call_seconds`,
    help: 'Time that calls took, by method and outcome.',
    labelNames: ['method', 'code'],
    buckets,
    registers: [registry],
  });
  let ready = false;
  const server = await startMetricsServer({
    address,
    variable: 'METRICS_ADDRESS',
    page: registry,
    healthy: () => ready,
    logger,
  });
  return {
    callEnded: (method, code, seconds) => calls.observe({ method, code }, seconds),
    gauge: (name, help, labelNames, read) => {
      new Gauge({
        name: `cairn_${service}_${name}`,
        help,
        labelNames: [...labelNames],
        registers: [registry],
        async collect() {
          // A database that is away must not take the other figures with it.
          const rows = await read().catch((error: unknown) => {
            logger.warn({ err: error, gauge: name }, 'a figure could not be read');
            return [];
          });
          this.reset();
          for (const { labels, value } of rows) this.set(labels, value);
        },
      });
    },
    setReady: (is) => {
      ready = is;
    },
    close: () => server.close(),
  };
}
