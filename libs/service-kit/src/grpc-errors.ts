import { Catch, type ArgumentsHost, type RpcExceptionFilter } from '@nestjs/common';
import { contextFromMetadata, DomainError, toGrpcError } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { throwError, type Observable } from 'rxjs';
import type { Logger } from './log.js';

/** Turns whatever a controller throws into a gRPC error, and logs what was not expected. */
@Catch()
export class GrpcErrorFilter implements RpcExceptionFilter<unknown> {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): Observable<never> {
    const { requestId } = contextFromMetadata(host.switchToRpc().getContext<Metadata>());
    logUnexpected(this.logger, thrown, requestId);
    return throwError(() => toGrpcError(thrown, requestId));
  }
}

/** Logs a thrown value with its request id unless it is a DomainError, which its caller is told of. */
export function logUnexpected(logger: Logger, thrown: unknown, requestId: string): void {
  if (thrown instanceof DomainError && thrown.code !== 'INTERNAL') return;
  logger.error({ requestId, err: thrown }, 'unexpected error');
}
