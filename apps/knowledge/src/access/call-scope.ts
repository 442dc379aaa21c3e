import { DomainError, withinLimits, type CallLimits } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Database } from '../persistence/database.js';
import { isId } from '../questions/checked-text.js';
import { actorOf, callerOf } from './caller.js';
import { defaultSpace, inScope } from './scope.js';
import { AnonymousReading } from './spaces.js';

/** A call waits for a statement no longer than this, or what is left of its time; the work of jobs has no such limit. */
const statementTimeoutMs = 10_000;

/** What the gateway asks before it knows who calls. */
const beforeSignIn = new Set(['verifyKey', 'getSpace']);

/**
 * Every gRPC call runs in the scope that its metadata name: one space, one caller, one request id; and within its limits:
 * its calls and statements end when its caller leaves or its deadline passes.
 */
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
    const limits = limitsOf(context);
    const scope = {
      space,
      actor: actorOf(caller),
      requestId: caller.requestId,
      operation: context.getHandler().name,
      statementTimeoutMs,
    };
    if (caller.role === undefined && !beforeSignIn.has(scope.operation)) await this.anonymousReading.check(space);
    // Nest binds the handler to the asynchronous context in which `handle` is called.
    return withinLimits(limits, () => inScope(scope, () => next.handle() as Observable<unknown>));
  }
}

/** As much of a gRPC call as its limits need. */
interface LimitedCall {
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  once(event: 'cancelled', listener: () => void): unknown;
}

function limitsOf(context: ExecutionContext): CallLimits {
  const controller = new AbortController();
  const call = context.getArgs<unknown[]>().findLast(isLimited);
  if (call === undefined) return { signal: controller.signal, deadline: Infinity };
  // The event tells of passed deadlines too.
  if (call.cancelled) controller.abort();
  else call.once('cancelled', () => controller.abort());
  return { signal: controller.signal, deadline: Number(call.getDeadline()) };
}

function isLimited(value: unknown): value is LimitedCall {
  return typeof (value as Partial<LimitedCall> | undefined)?.getDeadline === 'function';
}
