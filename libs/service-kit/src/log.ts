import type { LoggerService } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { pino, type Logger } from 'pino';

export type { Logger };

/** Which trace a line belongs to, if traces are sent. */
function traceIds(): { traceId?: string; spanId?: string } {
  const active = trace.getActiveSpan()?.spanContext();
  return active === undefined ? {} : { traceId: active.traceId, spanId: active.spanId };
}

/**
 * A structured logger: one JSON object a line on standard output. Errors are logged with their stack, and lines that
 * belong to a trace with its id.
 */
export function createLogger(service: string, level = 'info'): Logger {
  const output = pino.destination({ fd: process.stdout.fd, sync: true });
  // Lines are written at once, so there is nothing to flush. Flushed nevertheless, as a process ends whose supervisor
  // was killed, what could not be written to the broken pipe would be tried again for ever.
  output.flushSync = () => undefined;
  return pino({ base: { service }, level, timestamp: pino.stdTimeFunctions.isoTime, mixin: traceIds }, output);
}

/** Nest's own messages, through the same logger; its start-up chatter goes to debug. */
export function nestLogger(logger: Logger): LoggerService {
  const write =
    (level: 'debug' | 'warn' | 'error' | 'trace' | 'fatal') =>
    (message: unknown, ...rest: unknown[]) =>
      logger[level](
        { context: rest.at(-1) },
        message instanceof Error ? (message.stack ?? message.message) : String(message),
      );
  return {
    log: write('debug'),
    debug: write('debug'),
    verbose: write('trace'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
}
