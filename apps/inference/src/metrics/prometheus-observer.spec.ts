import fc from 'fast-check';
import { parsePrometheusText, type MetricFamily } from '../../../../test/support/prometheus-text.js';
import type { EngineState, ModelLoad, QueueDepth } from './engine-gauges.js';
import { PrometheusObserver } from './prometheus-observer.js';

const model = 'cairn-encoder-v2';
const batch = { model, lane: 'bulk' as const, texts: 24, tokens: 486, paddedTokens: 512, ms: 12 };
const request = {
  model,
  lane: 'interactive' as const,
  texts: 1,
  tokens: 20,
  tokenizationMs: 0.4,
  queueMs: 3,
  inferenceMs: 30,
};

const load = (id: string, busySessions = 0): ModelLoad => ({
  model: id,
  device: 'cpu',
  precision: 'float32',
  memoryBytes: 60e6,
  sessions: 2,
  busySessions,
});

/** An engine that can be changed between two scrapes. */
class Engine implements EngineState {
  loads: ModelLoad[] = [load(model)];
  depths: QueueDepth[] = [];
  inside = 0;
  readonly admissionLimit = 16_384;
  models = () => this.loads;
  queues = () => this.depths;
  admitted = () => this.inside;
}

async function scrape(observer: PrometheusObserver): Promise<Map<string, MetricFamily>> {
  return parsePrometheusText(await observer.metrics());
}

/** The value of the one sample of `name` (without its prefix) with these labels; undefined if there is none. */
function valueOf(page: Map<string, MetricFamily>, name: string, labels: Record<string, string> = {}) {
  const found = [...page.values()]
    .flatMap(({ samples }) => samples)
    .filter(
      (sample) =>
        sample.name === `cairn_inference_${name}` &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.value;
}

const seriesOf = (page: Map<string, MetricFamily>) =>
  [...page.values()].filter(({ name }) => name.startsWith('cairn_')).flatMap(({ samples }) => samples);

describe('PrometheusObserver', () => {
  it('gives a well-formed page before anything has happened, with the metrics of the process', async () => {
    const page = await scrape(new PrometheusObserver());
    expect(page.get('process_resident_memory_bytes')!.samples[0].value).toBeGreaterThan(1e6);
    expect(page.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
    // Nothing is known of the engine, so nothing is said: not even 0.
    expect(page.get('cairn_inference_admitted_texts')!.samples).toEqual([]);
    expect(page.get('cairn_inference_queue_texts')!.samples).toEqual([]);
  });

  it('counts batches: texts, tokens, padding, sizes, time', async () => {
    const observer = new PrometheusObserver();
    observer.batch(batch);
    observer.batch({ ...batch, texts: 2, tokens: 500, paddedTokens: 512, ms: 8 });
    observer.batch({ ...batch, lane: 'interactive', texts: 1, tokens: 9, paddedTokens: 9, ms: 1 });
    const page = await scrape(observer);
    const bulk = { model, lane: 'bulk' };
    expect(valueOf(page, 'texts_total', bulk)).toBe(26);
    expect(valueOf(page, 'texts_total', { model, lane: 'interactive' })).toBe(1);
    const tokens = valueOf(page, 'tokens_total', bulk)!;
    const padded = valueOf(page, 'padded_tokens_total', bulk)!;
    expect([tokens, padded]).toEqual([986, 1024]);
    expect(1 - tokens / padded).toBeCloseTo(0.0371, 4);
    expect(valueOf(page, 'batch_texts_bucket', { ...bulk, le: '2' })).toBe(1);
    expect(valueOf(page, 'batch_texts_bucket', { ...bulk, le: '32' })).toBe(2);
    expect(valueOf(page, 'batch_tokens_bucket', { ...bulk, le: '256' })).toBe(0);
    expect(valueOf(page, 'batch_tokens_bucket', { ...bulk, le: '512' })).toBe(2);
    expect(valueOf(page, 'batch_duration_seconds_sum', bulk)).toBeCloseTo(0.02, 12);
  });

  it('counts the stages of a request in seconds, and their sum', async () => {
    const observer = new PrometheusObserver();
    observer.request(request);
    const page = await scrape(observer);
    const stage = (name: string) => ({ model, lane: 'interactive', stage: name });
    expect(valueOf(page, 'request_duration_seconds_bucket', { ...stage('tokenization'), le: '0.0005' })).toBe(1);
    expect(valueOf(page, 'request_duration_seconds_bucket', { ...stage('queue'), le: '0.002' })).toBe(0);
    expect(valueOf(page, 'request_duration_seconds_bucket', { ...stage('queue'), le: '0.005' })).toBe(1);
    expect(valueOf(page, 'request_duration_seconds_sum', stage('inference'))).toBeCloseTo(0.03, 12);
    expect(valueOf(page, 'request_duration_seconds_sum', stage('total'))).toBeCloseTo(0.0334, 12);
    expect(valueOf(page, 'request_duration_seconds_count', { ...stage('total'), lane: 'bulk' })).toBe(0);
  });

  it('tells 60 s from more, and lets no clock break a request', async () => {
    const observer = new PrometheusObserver();
    observer.request({ ...request, tokenizationMs: -0.01, queueMs: 61_000, inferenceMs: NaN });
    const page = await scrape(observer);
    const stage = (name: string) => ({ model, lane: 'interactive', stage: name });
    expect(valueOf(page, 'request_duration_seconds_sum', stage('tokenization'))).toBe(0);
    expect(valueOf(page, 'request_duration_seconds_bucket', { ...stage('queue'), le: '60' })).toBe(0);
    expect(valueOf(page, 'request_duration_seconds_bucket', { ...stage('queue'), le: '+Inf' })).toBe(1);
  });

  it('counts what was refused, dropped, crashed and moved', async () => {
    const observer = new PrometheusObserver();
    const before = await scrape(observer);
    expect(valueOf(before, 'rejections_total', { code: 'OVERLOADED', lane: 'bulk' })).toBe(0);
    observer.rejected('OVERLOADED', 'interactive', 32);
    observer.rejected('OVERLOADED', 'interactive', 8);
    observer.dropped(model, 5);
    observer.crashed(model);
    observer.fellBack(model, 'cuda', 'cpu');
    const page = await scrape(observer);
    expect(valueOf(page, 'rejections_total', { code: 'OVERLOADED', lane: 'interactive' })).toBe(2);
    expect(valueOf(page, 'rejected_texts_total', { code: 'OVERLOADED', lane: 'interactive' })).toBe(40);
    expect(valueOf(page, 'dropped_texts_total', { model })).toBe(5);
    expect(valueOf(page, 'session_crashes_total', { model })).toBe(1);
    expect(valueOf(page, 'device_fallbacks_total', { model, from: 'cuda', to: 'cpu' })).toBe(1);
  });

  it('reads gauges at each scrape', async () => {
    const observer = new PrometheusObserver();
    const engine = new Engine();
    observer.bindGauges(engine);
    engine.depths = [
      { model, lane: 'bulk', texts: 100, tokens: 2000 },
      // Work of two kinds for one model and lane is one depth.
      { model, lane: 'bulk', texts: 10, tokens: 200 },
    ];
    engine.inside = 134;
    engine.loads = [load(model, 1)];
    const full = await scrape(observer);
    expect(valueOf(full, 'queue_texts', { model, lane: 'bulk' })).toBe(110);
    expect(valueOf(full, 'queue_tokens', { model, lane: 'bulk' })).toBe(2200);
    expect(valueOf(full, 'queue_texts', { model, lane: 'interactive' })).toBe(0);
    expect(valueOf(full, 'admitted_texts')).toBe(134);
    expect(valueOf(full, 'admission_limit_texts')).toBe(16_384);
    expect(valueOf(full, 'model_memory_bytes', { model, device: 'cpu', precision: 'float32' })).toBe(60e6);
    expect([valueOf(full, 'sessions'), valueOf(full, 'sessions_busy')]).toEqual([2, 1]);
    // It falls back to another device: the old device is gone, not frozen.
    engine.depths = [];
    engine.inside = 0;
    engine.loads = [{ ...load(model), device: 'cuda' }];
    const moved = await scrape(observer);
    expect(valueOf(moved, 'queue_texts', { model, lane: 'bulk' })).toBe(0);
    expect(valueOf(moved, 'admitted_texts')).toBe(0);
    expect(moved.get('cairn_inference_sessions')!.samples).toEqual([
      { name: 'cairn_inference_sessions', labels: { model, device: 'cuda' }, value: 2 },
    ]);
  });

  it('starts the counters of a loaded model at zero, so that the first event is an increase', async () => {
    const observer = new PrometheusObserver();
    const engine = new Engine();
    observer.bindGauges(engine);
    engine.loads = [{ ...load(model), device: 'cuda' }, load('second')];
    const page = await scrape(observer);
    expect(valueOf(page, 'device_fallbacks_total', { model, from: 'cuda', to: 'cpu' })).toBe(0);
    expect(valueOf(page, 'device_fallbacks_total', { model: 'second' })).toBeUndefined();
    expect(valueOf(page, 'texts_total', { model, lane: 'bulk' })).toBe(0);
    expect(valueOf(page, 'session_crashes_total', { model })).toBe(0);
  });

  it('shows the last values of an unloaded model once more, then forgets it', async () => {
    const observer = new PrometheusObserver();
    const engine = new Engine();
    observer.bindGauges(engine);
    engine.loads = [load(model), load('passing')];
    await scrape(observer);
    observer.batch({ ...batch, model: 'passing' });
    observer.fellBack('passing', 'cuda', 'cpu');
    engine.loads = [load(model)];
    const last = await scrape(observer);
    expect(valueOf(last, 'texts_total', { model: 'passing', lane: 'bulk' })).toBe(24);
    const gone = await scrape(observer);
    expect(seriesOf(gone).filter(({ labels }) => labels.model === 'passing')).toEqual([]);
    expect(seriesOf(gone).some(({ labels }) => labels.model === model)).toBe(true);
    // A batch that was still in work, or the model loaded again: from zero.
    observer.batch({ ...batch, model: 'passing' });
    expect(valueOf(await scrape(observer), 'texts_total', { model: 'passing', lane: 'bulk' })).toBe(24);
  });

  it('does not grow with the models that come and go, nor with codes it does not know', async () => {
    const observer = new PrometheusObserver();
    const engine = new Engine();
    observer.bindGauges(engine);
    const sizes: number[] = [];
    for (let i = 0; i < 50; i++) {
      engine.loads = [load(`model-${i}`)];
      observer.batch({ ...batch, model: `model-${i}` });
      observer.request({ ...request, model: `model-${i}` });
      observer.rejected(`SOMETHING ${i}`, 'bulk', 1);
      sizes.push(seriesOf(await scrape(observer)).length);
    }
    // The model before this one was active before its last scrape, and is forgotten by the next.
    expect(new Set(sizes.slice(2)).size).toBe(1);
    const page = await scrape(observer);
    expect(valueOf(page, 'rejections_total', { code: 'OTHER', lane: 'bulk' })).toBe(50);
  });

  it('keeps whatever a model is called readable', async () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 20, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(ids, async (models) => {
        const observer = new PrometheusObserver();
        for (const id of models) observer.batch({ ...batch, model: id });
        const page = await scrape(observer);
        for (const id of models) expect(valueOf(page, 'texts_total', { model: id, lane: 'bulk' })).toBe(24);
      }),
      { seed: 7, numRuns: 3, examples: [[['a"b', 'c\\n', 'd\ne', 'f} 1', 'g",lane="x', '\r', '# HELP']]] },
    );
  });
});

describe('the parser these specs rely on', () => {
  it.each([
    ['no end of line', '# HELP a A.\n# TYPE a gauge\na 1'],
    ['no TYPE', '# HELP a A.\na 1\n'],
    ['no HELP', '# TYPE a gauge\na 1\n'],
    ['a foreign sample', '# HELP a A.\n# TYPE a gauge\nb 1\n'],
    ['a series twice', '# HELP a A.\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n'],
    ['an open string', '# HELP a A.\n# TYPE a gauge\na{x="1} 1\n'],
    ['no number', '# HELP a A.\n# TYPE a gauge\na undefined\n'],
    [
      'a falling histogram',
      '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
    ['no +Inf', '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n'],
  ])('refuses %s', (_, page) => {
    expect(() => parsePrometheusText(page)).toThrow();
  });
});
