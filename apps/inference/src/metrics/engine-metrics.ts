/**
 * What the engine counts, as Prometheus metrics. deploy/README.md has them as a table; a spec compares the two.
 * Units are those of Prometheus: seconds and bytes.
 */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** All names of the engine's own metrics begin so. */
export const metricPrefix = 'cairn_inference_';

/** 0.5 ms (a short text on an idle machine) to 60 s (a long job behind a full queue), seconds. */
const latencyBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60] as const;
const textBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const;
const tokenBuckets = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768] as const;

/**
 * Node measures the lag of the event loop by a timer of this time, and what it reports holds the time itself: on an
 * idle machine 10 ms. The dashboard takes it off.
 */
const lagTimerMs = 10;

export type EngineMetrics = ReturnType<typeof createEngineMetrics>;

/** A new registry with the metrics of the Node process and those that the engine counts itself, all without series. */
export function createEngineMetrics() {
  const registry = new Registry();
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name: metricPrefix + name, help, labelNames, registers: [registry] });
  const histogram = <L extends string>(name: string, help: string, buckets: readonly number[], ...labelNames: L[]) =>
    new Histogram<L>({ name: metricPrefix + name, help, labelNames, buckets: [...buckets], registers: [registry] });

  const metrics = {
    registry,
    texts: counter('texts_total', 'Texts that went through an encoder.', 'model', 'lane'),
    tokens: counter('tokens_total', 'Tokens of those texts.', 'model', 'lane'),
    paddedTokens: counter(
      'padded_tokens_total',
      'Tokens computed for them: longest text x texts of each batch. Waste is 1 - tokens / padded tokens.',
      'model',
      'lane',
    ),
    batchTexts: histogram('batch_texts', 'Texts of a batch.', textBuckets, 'model', 'lane'),
    batchTokens: histogram('batch_tokens', 'Tokens of a batch, without padding.', tokenBuckets, 'model', 'lane'),
    batchSeconds: histogram(
      'batch_duration_seconds',
      'Time of a batch in its session. The rate of the sum is the number of sessions busy on average.',
      latencyBuckets,
      'model',
      'lane',
    ),
    requestSeconds: histogram(
      'request_duration_seconds',
      'Time of an answered request by stage: tokenization, queue, inference, and total, the sum of the three.',
      latencyBuckets,
      'model',
      'lane',
      'stage',
    ),
    rejections: counter('rejections_total', 'Requests refused before any work.', 'code', 'lane'),
    rejectedTexts: counter('rejected_texts_total', 'Texts of refused requests.', 'code', 'lane'),
    droppedTexts: counter('dropped_texts_total', 'Queued texts dropped: nobody waited for them any more.', 'model'),
    crashes: counter('session_crashes_total', "Sessions' threads that died and were started again.", 'model'),
    deviceFallbacks: counter(
      'device_fallbacks_total',
      'Devices that failed at run time, after which the model went on elsewhere.',
      'model',
      'from',
      'to',
    ),
  };
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagTimerMs });
  return metrics;
}
