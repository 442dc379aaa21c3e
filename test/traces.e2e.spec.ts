/** One trace through all services, as a collector gets it: from the client's header to the statements of a job. */
import { Stack } from './support/stack.js';
import { TraceCollector, type CollectedSpan } from './support/trace-collector.js';

jest.setTimeout(180_000);

const server = 2;
const client = 3;
const consumer = 5;

describe('a trace', () => {
  let stack: Stack;
  let collector: TraceCollector;
  beforeAll(async () => {
    collector = await new TraceCollector().start();
    stack = await Stack.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=spec',
    });
    await stack.graphql('mutation { createQuestion(input: { text: "Where do I see my bill?" }) { question { id } } }');
  });
  afterAll(async () => {
    await stack?.stop();
    collector?.stop();
  });

  const send = async (query: string, traceparent: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${stack.key}`, traceparent };
    const response = await fetch(stack.url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return (await response.json()) as { data: Record<string, { job: { id: string } }>; errors?: unknown };
  };
  /** From a span to the one without a parent among these. */
  const wayUp = (spans: CollectedSpan[], from: CollectedSpan): CollectedSpan[] => {
    const parent = spans.find(({ spanId }) => spanId === from.parentSpanId);
    return parent === undefined ? [from] : [from, ...wayUp(spans, parent)];
  };

  const isEmbedding = ({ service, name }: CollectedSpan) => service === 'cairn-inference' && name.includes('/Embed');

  it('goes from an HTTP request through gateway, knowledge, worker and inference', async () => {
    const [traceId, clientSpan] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    const { data, errors } = await send(
      'mutation Embed { startEmbedding { job { id } } }',
      `00-${traceId}-${clientSpan}-01`,
    );
    expect(errors).toBeUndefined();
    const { id } = data.startEmbedding.job;
    const spans = await collector.trace(traceId, (all) => {
      const isWhole = all.every((span) => wayUp(all, span).at(-1)?.parentSpanId === clientSpan);
      return isWhole && all.some(({ attributes }) => attributes['cairn.job.id'] === id) && all.some(isEmbedding);
    });

    const request = spans.find(({ name }) => name === 'POST /graphql')!;
    expect(request).toMatchObject({ service: 'cairn-gateway', parentSpanId: clientSpan, kind: server });
    expect(request.attributes).toMatchObject({
      'graphql.operation.type': 'mutation',
      'graphql.operation.name': 'Embed',
      'http.response.status_code': 200,
    });
    // Every other span hangs below it, and no span is without its parent.
    for (const span of spans) expect(wayUp(spans, span).at(-1)).toBe(request);

    const path = (span: CollectedSpan) =>
      wayUp(spans, span)
        .reverse()
        .map(({ service, name }) => `${service}: ${name}`);
    const inserted = spans.find(({ attributes }) => /INSERT INTO job/.test(String(attributes['db.query.text'])))!;
    expect(path(inserted)).toEqual([
      'cairn-gateway: POST /graphql',
      'cairn-gateway: cairn.knowledge.v1.JobService/StartJob',
      'cairn-knowledge: cairn.knowledge.v1.JobService/StartJob',
      'cairn-knowledge: INSERT',
    ]);
    const embedded = spans.find(isEmbedding)!;
    expect(path(embedded)).toEqual([
      'cairn-gateway: POST /graphql',
      'cairn-gateway: cairn.knowledge.v1.JobService/StartJob',
      'cairn-knowledge: cairn.knowledge.v1.JobService/StartJob',
      'cairn-worker: job embed',
      expect.stringMatching(/^cairn-worker: cairn\.inference\.v1\.InferenceService\/Embed/),
      expect.stringMatching(/^cairn-inference: cairn\.inference\.v1\.InferenceService\/Embed/),
    ]);
    const job = spans.find(({ name }) => name === 'job embed')!;
    expect(job).toMatchObject({ kind: consumer, attributes: { 'cairn.job.attempt': 1 } });
    expect(spans.some(({ service, kind }) => service === 'cairn-worker' && kind === client)).toBe(true);
  });

  it('tells which failures are ours, and holds nothing that people wrote', async () => {
    const traceId = 'a3ce929d0e0e47364bf92f3577b34da6';
    const secret = 'a-secret-that-somebody-typed';
    await send(
      `{ ask(text: "${secret}") { unknown } missing: question(id: "${secret}") { id } }`,
      `00-${traceId}-00f067aa0ba902b7-01`,
    );
    const spans = await collector.trace(traceId, (all) => all.some(({ name }) => name === 'POST /graphql'));
    expect(spans.length).toBeGreaterThan(4);
    expect(JSON.stringify(spans)).not.toContain(secret);
    expect(spans.filter(({ status }) => status === 2)).toEqual([]);
  });

  it('that the client does not want is not made', async () => {
    const traceId = '0e0e47364bf92f3577b34da6a3ce929d';
    await send('{ topics { nodes { id } } }', `00-${traceId}-00f067aa0ba902b7-00`);
    const later = 'b34da6a3ce929d0e0e47364bf92f3577';
    await send('{ topics { nodes { id } } }', `00-${later}-00f067aa0ba902b7-01`);
    expect(await collector.trace(later, (all) => all.some(({ name }) => name === 'POST /graphql'))).not.toEqual([]);
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });
});
