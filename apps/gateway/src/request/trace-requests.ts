import type { IncomingHttpHeaders } from 'node:http';
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const tracer = trace.getTracer('cairn');

/** The trace that a client's headers name (`traceparent`), or a new one. */
export function traceOfHeaders(headers: IncomingHttpHeaders): Context {
  return propagation.extract(ROOT_CONTEXT, headers);
}

/**
 * Makes every HTTP request a span, of the client's trace where it names one. What GraphQL asks is added by the operation
 * plugin; the text of operations and variables is not: they hold what people wrote.
 */
export function traceRequests(fastify: FastifyInstance): void {
  const traces = new WeakMap<FastifyRequest, Context>();
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const route = request.routeOptions.url ?? 'other';
    if (route.startsWith('/health')) return done();
    const { method, id } = request;
    const attributes = { 'http.request.method': method, 'http.route': route, 'cairn.request.id': id };
    const parent = traceOfHeaders(request.headers);
    const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    const own = trace.setSpan(parent, span);
    traces.set(request, own);
    // However it ends: answered, failed, or given up by the client.
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (!reply.raw.writableFinished) span.setAttribute('error.type', 'client left');
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(own, done);
  });
  // The body came in events of the socket, which know nothing of the request.
  fastify.addHook('preValidation', (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    const own = traces.get(request);
    if (own === undefined) done();
    else context.with(own, done);
  });
}
