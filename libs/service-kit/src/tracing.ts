/**
 * OpenTelemetry traces. Code makes spans through `@opentelemetry/api` alone, which does nothing until `openTracing` has
 * loaded an SDK; which it does only where an exporter was set.
 */
import { randomUUID } from 'node:crypto';
import { DomainError } from '@cairn/contracts';
import {
  context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { Logger } from './log.js';
import type { TraceSettings } from './trace-settings.js';

export interface Tracing {
  /** Sends what is left, for two seconds at most. */
  close(): Promise<void>;
}

const off: Tracing = { close: async () => {} };
const closeMs = 2_000;
/** A collector that is away is reported once in this time, not with every batch. */
const complainEveryMs = 60_000;

/**
 * Begins to send spans. The exporter, its retries, the sampler, limits and resource attributes are the SDK's own, set by
 * OTEL_* variables.
 * @param service "gateway"; the service.name is "cairn-gateway" unless OTEL_SERVICE_NAME says otherwise
 * @param settings undefined: no traces, and nothing of the SDK is loaded
 */
export async function openTracing(
  service: string,
  settings: TraceSettings | undefined,
  logger: Logger,
): Promise<Tracing> {
  if (settings === undefined) return off;
  const [{ NodeTracerProvider, BatchSpanProcessor, ConsoleSpanExporter }, { W3CTraceContextPropagator }, resources] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
    ]);
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  reportFaults(logger);
  const own = resources.resourceFromAttributes({
    'service.namespace': 'cairn',
    'service.name': `cairn-${service}`,
    'service.instance.id': randomUUID(),
  });
  // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before it.
  const given = resources.detectResources({ detectors: [resources.envDetector] });
  const exporter = settings.exporter === 'console' ? new ConsoleSpanExporter() : new OTLPTraceExporter();
  const provider = new NodeTracerProvider({
    resource: own.merge(given),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  // Trace context only: the baggage of strangers is not passed on to the services.
  provider.register({ propagator: new W3CTraceContextPropagator() });
  logger.info({ exporter: settings.exporter }, 'traces are sent');
  return {
    close: async () => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, closeMs).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

function reportFaults(logger: Logger): void {
  let silentUntil = 0;
  const complain = (message: string) => {
    if (performance.now() < silentUntil) return;
    silentUntil = performance.now() + complainEveryMs;
    logger.warn({ reason: message.slice(0, 500) }, 'traces could not be sent');
  };
  const quiet = () => {};
  diag.setLogger(
    { error: complain, warn: quiet, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
}

const tracer = trace.getTracer('cairn');

export interface TracedWork {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** What it is a part of; absent: what runs now. */
  readonly parent?: Context;
}

/** Runs `work` as a span: what it starts and waits for belongs to it, and it ends with it. */
export function traced<T>(name: string, { kind, attributes, parent }: TracedWork, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { kind, attributes }, parent ?? context.active(), async (span) => {
    try {
      return await work();
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Runs `work` as if no trace were under way: for what goes on beside it, such as heartbeats. */
export function untraced<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

/** Whether somebody will see spans of what runs now. */
export function isTraced(): boolean {
  return trace.getActiveSpan()?.isRecording() ?? false;
}

/** Errors that are ours; all others are the caller's, or nobody's. */
const ours = new Set(['INTERNAL', 'UNAVAILABLE', 'DEADLINE_EXCEEDED']);

/** Writes into a span how its work failed. What was not expected has its class only: messages may hold content. */
export function failSpan(span: Span | undefined, error: unknown): void {
  if (span === undefined || !span.isRecording()) return;
  const code = error instanceof DomainError ? error.code : 'INTERNAL';
  span.setAttribute('error.type', error instanceof DomainError ? code : ((error as Error)?.name ?? 'Error'));
  if (ours.has(code)) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** What runs now as a `traceparent`, to be kept with work that is done later; undefined: it belongs to no trace. */
export function currentTraceParent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** The trace that a kept `traceparent` names; a new one if there is none. */
export function traceOf(traceparent: string | null | undefined): Context {
  return traceparent ? propagation.extract(ROOT_CONTEXT, { traceparent }) : ROOT_CONTEXT;
}
