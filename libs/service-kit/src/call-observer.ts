import { contextFromMetadata, DomainError } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { tap, type Observable } from 'rxjs';
import type { Logger } from './log.js';
import type { ServiceMetrics } from './service-metrics.js';

/**
 * Looks at every gRPC call of a service: one line of log with its request id, at level debug, and its time for
 * Prometheus. The same request id is in the lines of every service that took part.
 */
export class CallObserver implements NestInterceptor {
  constructor(
    private readonly logger: Logger,
    private readonly metrics: Pick<ServiceMetrics, 'callEnded'> | undefined,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const method = context.getHandler().name;
    const started = performance.now();
    const ended = (code: string) => {
      const ms = performance.now() - started;
      this.metrics?.callEnded(method, code, ms / 1000);
      if (!this.logger.isLevelEnabled('debug')) return;
      const { requestId, actor, space } = contextFromMetadata(context.switchToRpc().getContext<Metadata>());
      this.logger.debug({ requestId, method, code, ms: Math.round(ms * 10) / 10, actor, space }, 'call');
    };
    return (next.handle() as Observable<unknown>).pipe(
      tap({
        complete: () => ended('ok'),
        error: (error: unknown) => ended(error instanceof DomainError ? error.code : 'INTERNAL'),
      }),
    );
  }
}
