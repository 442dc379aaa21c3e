import { DomainError } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { isId } from '../questions/checked-text.js';
import { actorOf, callerOf } from './caller.js';
import { defaultSpace, inScope } from './scope.js';

/** A call waits for a statement no longer than this; the work of jobs has no such limit. */
const statementTimeoutMs = 10_000;

/** Every gRPC call runs in the scope that its metadata name: one space, one caller, one request id. */
export class CallScope implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const caller = callerOf(context.switchToRpc().getContext<Metadata>());
    const space = caller.space ?? defaultSpace;
    if (!isId(space)) throw DomainError.invalid('space', 'A space is named by its id.');
    const scope = {
      space,
      actor: actorOf(caller),
      requestId: caller.requestId,
      operation: context.getHandler().name,
      statementTimeoutMs,
    };
    // Nest binds the handler to the asynchronous context in which `handle` is called.
    return inScope(scope, () => next.handle() as Observable<unknown>);
  }
}
