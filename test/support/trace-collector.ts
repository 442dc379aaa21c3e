/** An OpenTelemetry collector for tests: takes OTLP/HTTP as JSON, and keeps the spans. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CollectedSpan {
  /** service.name of who sent it. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2: an error. */
  readonly status: number;
}

interface Attribute {
  readonly key: string;
  readonly value: Record<string, unknown>;
}
type SentSpan = Omit<CollectedSpan, 'service' | 'attributes' | 'status'> & {
  readonly attributes: Attribute[];
  readonly status?: { readonly code?: number };
};
interface Sent {
  readonly resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: SentSpan[] }[] }[];
}

const valuesOf = (attributes: Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export class TraceCollector {
  readonly spans: CollectedSpan[] = [];
  private server: Server;

  /** "http://host:port", for OTEL_EXPORTER_OTLP_ENDPOINT. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const isOurs = request.method === 'POST' && request.url === '/v1/traces';
        if (isOurs) this.keep(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Sent);
        response.writeHead(isOurs ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** The spans of a trace once they are all that `complete` wants, or as many as came within 30 s. */
  async trace(traceId: string, complete: (spans: CollectedSpan[]) => boolean): Promise<CollectedSpan[]> {
    const found = () => this.spans.filter((span) => span.traceId === traceId);
    for (const end = Date.now() + 30_000; Date.now() < end && !complete(found());) await sleep(50);
    return found();
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private keep({ resourceSpans }: Sent): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(valuesOf(resource.attributes)['service.name']);
      for (const { attributes, status, ...span } of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({ ...span, service, attributes: valuesOf(attributes), status: status?.code ?? 0 });
    }
  }
}
