import { contextFromMetadata, toGrpcError, type CallContext } from '@cairn/contracts';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { logUnexpected } from './grpc-errors.js';
import { trace } from '@opentelemetry/api';
import type { Logger } from './log.js';
import { failSpan } from './tracing.js';

/** What the handler of a bidirectional call gets. */
export interface DuplexHandling<Q, R> {
  /** Messages of the client, until it half-closes. Reading slowly slows the client. */
  readonly requests: AsyncIterable<Q>;
  /** Sends one message; waits while the client reads slowly. Rejects once the call is cancelled. */
  send(message: R): Promise<void>;
  /** Aborted when the client cancels, disconnects or runs out of time. */
  readonly signal: AbortSignal;
  readonly context: CallContext;
}

/**
 * Runs one bidirectional call (a method decorated with `@GrpcStreamCall`): back-pressure both ways, cancellation
 * as an AbortSignal, thrown values as gRPC errors. Returns when the call has ended.
 */
export async function serveDuplex<Q, R>(
  call: ServerDuplexStream<Q, R>,
  logger: Logger,
  handle: (handling: DuplexHandling<Q, R>) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const context = contextFromMetadata(call.metadata);
  call.on('cancelled', () => controller.abort());
  call.on('error', () => controller.abort());
  const send = async (message: R): Promise<void> => {
    controller.signal.throwIfAborted();
    if (call.write(message)) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        call.off('drain', settle);
        controller.signal.removeEventListener('abort', settle);
        resolve();
      };
      call.once('drain', settle);
      controller.signal.addEventListener('abort', settle);
    });
    controller.signal.throwIfAborted();
  };
  try {
    // The plain iterator would destroy the call, writing side too, when the client half-closes.
    const requests = call.iterator({ destroyOnReturn: false }) as AsyncIterable<Q>;
    await handle({ requests, send, signal: controller.signal, context });
    if (!controller.signal.aborted) call.end();
  } catch (thrown) {
    if (controller.signal.aborted) return;
    failSpan(trace.getActiveSpan(), thrown);
    logUnexpected(logger, thrown, context.requestId);
    call.emit('error', toGrpcError(thrown, context.requestId));
  }
}
