import { domainErrorCodes } from '@cairn/contracts';
import type { Lane } from '../batching/lanes.js';
import { createEngineGauges, type EngineState } from './engine-gauges.js';
import { createEngineMetrics } from './engine-metrics.js';
import { ModelSeries } from './model-series.js';
import type { BatchFigures, EngineObserver, RequestFigures } from './observer.js';

interface Rejections {
  readonly requests: { inc(by?: number): void };
  readonly texts: { inc(by?: number): void };
}

/**
 * Counts for Prometheus. A call finds the series of its model and lane, which are bound once, and adds to them: a
 * batch and a request together take about 5 microseconds.
 *
 * The series are as many as loaded models (times lanes, stages and buckets): those of an unloaded model are shown
 * once more with their last values and then forgotten.
 */
export class PrometheusObserver implements EngineObserver {
  private readonly metricsOf = createEngineMetrics();
  private readonly models = new Map<string, ModelSeries>();
  private readonly rejections = new Map<string, Rejections>();
  private state: EngineState | undefined;

  constructor() {
    createEngineGauges(this.metricsOf.registry, () => this.state);
    // A counter that appears with its first event has no increase; this one is alerted on.
    this.rejectionsOf('OVERLOADED', 'interactive');
    this.rejectionsOf('OVERLOADED', 'bulk');
  }

  /** Where gauges are read from at each scrape. */
  bindGauges(state: EngineState): void {
    this.state = state;
  }

  get contentType(): string {
    return this.metricsOf.registry.contentType;
  }

  /** The page, in the text format of Prometheus. */
  metrics(): Promise<string> {
    this.followLoadedModels();
    return this.metricsOf.registry.metrics();
  }

  request(figures: RequestFigures): void {
    this.series(figures.model).request(figures);
  }

  batch(figures: BatchFigures): void {
    this.series(figures.model).batch(figures);
  }

  rejected(code: string, lane: Lane, texts: number): void {
    const { requests, texts: refused } = this.rejectionsOf(code, lane);
    requests.inc();
    refused.inc(texts);
  }

  dropped(model: string, texts: number): void {
    this.series(model).dropped(texts);
  }

  crashed(model: string): void {
    this.series(model).crashed();
  }

  fellBack(model: string, from: string, to: string): void {
    this.series(model).fellBack(from, to);
  }

  private series(model: string): ModelSeries {
    let series = this.models.get(model);
    if (series === undefined) this.models.set(model, (series = new ModelSeries(this.metricsOf, model)));
    series.touched = true;
    return series;
  }

  private rejectionsOf(code: string, lane: Lane): Rejections {
    const key = `${code} ${lane}`;
    let found = this.rejections.get(key);
    if (found === undefined) {
      // Codes are ours and few; anything else is one series.
      const known = (domainErrorCodes as readonly string[]).includes(code);
      if (!known && code !== otherCode) return this.rejectionsOf(otherCode, lane);
      const { rejections, rejectedTexts } = this.metricsOf;
      found = { requests: rejections.labels(code, lane), texts: rejectedTexts.labels(code, lane) };
      found.requests.inc(0);
      found.texts.inc(0);
      this.rejections.set(key, found);
    }
    return found;
  }

  /** Series for models that are loaded, from zero; none for models that are gone and whose last values were shown. */
  private followLoadedModels(): void {
    if (this.state === undefined) return;
    const loaded = new Set<string>();
    for (const { model, device } of this.state.models()) {
      loaded.add(model);
      this.series(model).runsOn(device);
    }
    for (const [model, series] of this.models) {
      if (!loaded.has(model) && !series.touched) {
        series.remove();
        this.models.delete(model);
      }
      series.touched = false;
    }
  }
}

const otherCode = 'OTHER';
