/** Traces of calls between services: W3C trace context as gRPC metadata (`traceparent`, `tracestate`). */
import type { Metadata } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
} from '@opentelemetry/api';

const tracer = trace.getTracer('cairn');

/** What is known of a call by its path, "/cairn.knowledge.v1.ContentService/ListQuestions". */
export function callAttributes(path: string): Attributes {
  const [, service, method] = path.split('/');
  return { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method };
}

interface ClientCall {
  once(event: 'status', listener: (ended: { code: number; details: string }) => void): unknown;
}

/**
 * A span for a call that is about to be made; the metadata carry it to the service. Without a trace exporter this does
 * nothing.
 * @returns to be given the call: the span ends with it
 */
export function startCallSpan(path: string, metadata: Metadata): (call: ClientCall) => void {
  const span = tracer.startSpan(path.slice(1), { kind: SpanKind.CLIENT, attributes: callAttributes(path) });
  propagation.inject(trace.setSpan(context.active(), span), metadata, {
    set: (carrier, key, value) => carrier.set(key, value),
  });
  return (call) => {
    if (!span.isRecording()) return;
    call.once('status', ({ code, details }) => {
      span.setAttribute('rpc.grpc.status_code', code);
      if (code !== status.OK) span.setStatus({ code: SpanStatusCode.ERROR, message: details });
      span.end();
    });
  };
}

/** The trace that a call belongs to, from its metadata. */
export function traceOfMetadata(metadata: Metadata): Context {
  return propagation.extract(ROOT_CONTEXT, metadata, {
    keys: (carrier) => Object.keys(carrier.getMap()),
    get: (carrier, key) => carrier.get(key).map(String),
  });
}
