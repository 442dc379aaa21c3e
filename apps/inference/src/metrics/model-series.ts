import type { Counter, Histogram } from 'prom-client';
import type { Lane } from '../batching/lanes.js';
import type { EngineMetrics } from './engine-metrics.js';
import type { BatchFigures, RequestFigures } from './observer.js';

interface Adds {
  inc(by: number): void;
}
interface Observes {
  observe(value: number): void;
}

interface LaneSeries {
  readonly texts: Adds;
  readonly tokens: Adds;
  readonly paddedTokens: Adds;
  readonly batchTexts: Observes;
  readonly batchTokens: Observes;
  readonly batchSeconds: Observes;
  readonly tokenization: Observes;
  readonly queue: Observes;
  readonly inference: Observes;
  readonly total: Observes;
}

/** All that is counted of one model, bound to its labels once, so that counting builds no label objects. */
export class ModelSeries {
  /** Whether something was counted, or the model was loaded, since this was last set to false. */
  touched = true;
  private readonly removals: (() => void)[] = [];
  private readonly lanes: Record<Lane, LaneSeries>;
  private readonly droppedTexts: Adds;
  private readonly crashes: Adds;
  private readonly fallbacks = new Map<string, Adds>();

  constructor(
    private readonly metrics: EngineMetrics,
    private readonly model: string,
  ) {
    this.lanes = { interactive: this.bindLane('interactive'), bulk: this.bindLane('bulk') };
    this.droppedTexts = this.counter(metrics.droppedTexts, { model });
    this.crashes = this.counter(metrics.crashes, { model });
  }

  batch({ lane, texts, tokens, paddedTokens, ms }: BatchFigures): void {
    const series = this.lanes[lane];
    series.texts.inc(texts);
    series.tokens.inc(tokens);
    series.paddedTokens.inc(paddedTokens);
    series.batchTexts.observe(texts);
    series.batchTokens.observe(tokens);
    series.batchSeconds.observe(seconds(ms));
  }

  request({ lane, tokenizationMs, queueMs, inferenceMs }: RequestFigures): void {
    const series = this.lanes[lane];
    series.tokenization.observe(seconds(tokenizationMs));
    series.queue.observe(seconds(queueMs));
    series.inference.observe(seconds(inferenceMs));
    series.total.observe(seconds(tokenizationMs + queueMs + inferenceMs));
  }

  dropped(texts: number): void {
    this.droppedTexts.inc(texts);
  }

  crashed(): void {
    this.crashes.inc(1);
  }

  fellBack(from: string, to: string): void {
    this.fallbacksOf(from, to).inc(1);
  }

  /** Says that the model runs on `device`: falling back from it to the CPU has happened 0 times then. */
  runsOn(device: string): void {
    if (device !== lastResort) this.fallbacksOf(device, lastResort);
  }

  /** Takes the model's series out of the registry. Counting again brings them back from zero. */
  remove(): void {
    for (const remove of this.removals) remove();
  }

  private fallbacksOf(from: string, to: string): Adds {
    const key = `${from} ${to}`;
    let fallbacks = this.fallbacks.get(key);
    if (fallbacks === undefined) {
      fallbacks = this.counter(this.metrics.deviceFallbacks, { model: this.model, from, to });
      this.fallbacks.set(key, fallbacks);
    }
    return fallbacks;
  }

  private bindLane(lane: Lane): LaneSeries {
    const { metrics } = this;
    const labels = { model: this.model, lane };
    const stage = (name: string) => this.histogram(metrics.requestSeconds, { ...labels, stage: name });
    return {
      texts: this.counter(metrics.texts, labels),
      tokens: this.counter(metrics.tokens, labels),
      paddedTokens: this.counter(metrics.paddedTokens, labels),
      batchTexts: this.histogram(metrics.batchTexts, labels),
      batchTokens: this.histogram(metrics.batchTokens, labels),
      batchSeconds: this.histogram(metrics.batchSeconds, labels),
      tokenization: stage('tokenization'),
      queue: stage('queue'),
      inference: stage('inference'),
      total: stage('total'),
    };
  }

  /** From zero: a series that appears with its first event has no increase for Prometheus. */
  private counter<L extends string>(metric: Counter<L>, labels: Record<L, string>): Adds {
    this.removals.push(() => metric.remove(labels));
    metric.inc(labels, 0);
    return metric.labels(labels);
  }

  private histogram<L extends string>(metric: Histogram<L>, labels: Record<L, string>): Observes {
    this.removals.push(() => metric.remove(labels));
    metric.zero(labels);
    return metric.labels(labels);
  }
}

const lastResort = 'cpu';

/** Times measured on two threads can differ by less than nothing. */
const seconds = (ms: number): number => (ms > 0 ? ms / 1000 : 0);
