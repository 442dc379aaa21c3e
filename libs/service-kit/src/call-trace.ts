import { callAttributes, traceOfMetadata } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { tap, type Observable } from 'rxjs';
import { failSpan } from './tracing.js';

/** As much of a gRPC call of any kind as its span needs. */
interface ServedCall {
  readonly metadata: Metadata;
  getPath(): string;
}

const tracer = trace.getTracer('cairn');

/** Makes every gRPC call of a service a span of the trace that its metadata name; the handler runs inside. */
export class CallTrace implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    // The call is the last argument of handlers of every kind.
    const call = execution.getArgs<unknown[]>().findLast(isCall);
    if (call === undefined) return next.handle() as Observable<unknown>;
    const path = call.getPath();
    const parent = traceOfMetadata(call.metadata);
    const span = tracer.startSpan(path.slice(1), { kind: SpanKind.SERVER, attributes: callAttributes(path) }, parent);
    // Nest binds the handler to the asynchronous context in which `handle` is called.
    const answers = context.with(trace.setSpan(parent, span), () => next.handle() as Observable<unknown>);
    return answers.pipe(tap({ error: (error: unknown) => failSpan(span, error), finalize: () => span.end() }));
  }
}

function isCall(value: unknown): value is ServedCall {
  return typeof (value as Partial<ServedCall> | undefined)?.getPath === 'function';
}
