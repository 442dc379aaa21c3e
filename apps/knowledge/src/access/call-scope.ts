import { DomainError } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Database } from '../persistence/database.js';
import { isId } from '../questions/checked-text.js';
import { actorOf, callerOf } from './caller.js';
import { defaultSpace, inScope } from './scope.js';
import { AnonymousReading } from './spaces.js';

/** A call waits for a statement no longer than this; the work of jobs has no such limit. */
const statementTimeoutMs = 10_000;

/** What the gateway asks before it knows who calls. */
const beforeSignIn = new Set(['verifyKey', 'getSpace']);

/** Every gRPC call runs in the scope that its metadata name: one space, one caller, one request id. */
@Injectable()
export class CallScope implements NestInterceptor {
  private readonly anonymousReading: AnonymousReading;

  constructor(database: Database) {
    this.anonymousReading = new AnonymousReading(database);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
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
    if (caller.role === undefined && !beforeSignIn.has(scope.operation)) await this.anonymousReading.check(space);
    // Nest binds the handler to the asynchronous context in which `handle` is called.
    return inScope(scope, () => next.handle() as Observable<unknown>);
  }
}
