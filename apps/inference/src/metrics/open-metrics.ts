import { startMetricsServer, type Logger } from '@cairn/service-kit';
import type { EngineState } from './engine-gauges.js';
import { silentObserver, type EngineObserver } from './observer.js';
import { PrometheusObserver } from './prometheus-observer.js';

/** The metrics of this process, as the service's start and stop see them. */
export interface OpenMetrics {
  /** To be told what the engine does. */
  readonly observer: EngineObserver;
  /** Gives the gauges something to read; they have no values before. */
  bindGauges(state: EngineState): void;
  /** What GET /healthz says from now on; "not ready" at first. */
  setReady(ready: boolean): void;
  close(): Promise<void>;
}

/**
 * Begins to count, and serves the figures on `address` ("host:port"); without one nothing is counted.
 * @throws ConfigurationError naming METRICS_ADDRESS if nobody can listen there
 */
export async function openMetrics(address: string | undefined, logger: Logger): Promise<OpenMetrics> {
  if (address === undefined)
    return { observer: silentObserver, bindGauges: () => {}, setReady: () => {}, close: async () => {} };
  const observer = new PrometheusObserver();
  let isReady = false;
  const server = await startMetricsServer({
    address,
    variable: 'METRICS_ADDRESS',
    page: observer,
    healthy: () => isReady,
    logger,
  });
  return {
    observer,
    bindGauges: (state) => observer.bindGauges(state),
    setReady: (ready) => {
      isReady = ready;
    },
    close: () => server.close(),
  };
}
