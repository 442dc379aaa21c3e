/**
 * The errors Cairn expects, and their two tables: to gRPC status here, to GraphQL in the gateway.
 * Anything that is not a DomainError is a bug or a broken machine: it becomes INTERNAL with a request id and nothing else.
 */
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

export const domainErrorCodes = [
  'NOT_FOUND',
  'INVALID_INPUT',
  'CONFLICT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'OVERLOADED',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'INTERNAL',
] as const;
export type DomainErrorCode = (typeof domainErrorCodes)[number];

export interface DomainErrorDetails {
  /** Path of the field that is wrong, as the caller wrote it: "text", "rows.3.topic". */
  readonly field?: string;
  /** When to come back, with OVERLOADED. */
  readonly retryAfterMs?: number;
  /** With CONFLICT over a version: the one that holds. */
  readonly currentVersion?: number;
  /** With INTERNAL: what to look for in the logs. */
  readonly requestId?: string;
}

/** An expected failure. The message is for the person who made the call: what is wrong and what to do. */
export class DomainError extends Error {
  constructor(
    readonly code: DomainErrorCode,
    message: string,
    readonly details: DomainErrorDetails = {},
  ) {
    // Under overload a stack trace would cost more than the rest of a refusal.
    const { stackTraceLimit } = Error;
    if (code === 'OVERLOADED') Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'DomainError';
  }

  static notFound(what: string, id: string): DomainError {
    return new DomainError('NOT_FOUND', `There is no ${what} "${id}".`, { field: 'id' });
  }
  static invalid(field: string, message: string): DomainError {
    return new DomainError('INVALID_INPUT', message, { field });
  }
  static conflict(message: string, field?: string, currentVersion?: number): DomainError {
    return new DomainError('CONFLICT', message, { field, currentVersion });
  }
}

const statusOf: Record<DomainErrorCode, status> = {
  NOT_FOUND: status.NOT_FOUND,
  INVALID_INPUT: status.INVALID_ARGUMENT,
  CONFLICT: status.ABORTED,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  OVERLOADED: status.RESOURCE_EXHAUSTED,
  UNAVAILABLE: status.UNAVAILABLE,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  CANCELLED: status.CANCELLED,
  INTERNAL: status.INTERNAL,
};
const codeOf = new Map<number, DomainErrorCode>(
  Object.entries(statusOf).map(([code, grpcStatus]) => [grpcStatus, code as DomainErrorCode]),
);

/** Trailer with the details that a status and a message cannot carry, as JSON. */
const detailsKey = 'cairn-error-bin';

export interface GrpcError {
  readonly code: status;
  readonly details: string;
  readonly message: string;
  readonly metadata: Metadata;
}

/** A thrown value as a gRPC error. Unexpected values become INTERNAL and keep their secrets. */
export function toGrpcError(thrown: unknown, requestId: string): GrpcError {
  const error =
    thrown instanceof DomainError
      ? thrown
      : new DomainError('INTERNAL', `Something went wrong on our side (request ${requestId}).`, { requestId });
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(JSON.stringify(error.details), 'utf8'));
  return { code: statusOf[error.code], details: error.message, message: error.message, metadata };
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && typeof (thrown as Partial<ServiceError>).code === 'number';
}

/** How grpc-js tells our own cancellation from a server that reset the stream because it was shut down. */
const cancelledHere = 'Cancelled on client';

/** A gRPC error as the DomainError it was; `service` names who could not be reached. */
export function fromGrpcError(thrown: unknown, service: string): DomainError {
  if (thrown instanceof DomainError) return thrown;
  if (!isServiceError(thrown)) return new DomainError('INTERNAL', `The ${service} service failed.`);
  const code = codeOf.get(thrown.code) ?? 'INTERNAL';
  const packed = thrown.metadata?.get(detailsKey)[0];
  if (packed !== undefined) {
    const details = JSON.parse(packed.toString()) as DomainErrorDetails;
    return new DomainError(code, thrown.details, details);
  }
  // No details: the transport speaks, not the service.
  if (code === 'UNAVAILABLE')
    return new DomainError('UNAVAILABLE', `The ${service} service cannot be reached; try again in a moment.`);
  if (code === 'DEADLINE_EXCEEDED')
    return new DomainError('DEADLINE_EXCEEDED', `The ${service} service did not answer in time.`);
  if (code === 'CANCELLED') {
    if (thrown.details === cancelledHere) return new DomainError('CANCELLED', 'The call was cancelled.');
    return new DomainError('UNAVAILABLE', `The ${service} service stopped during the call; try again in a moment.`);
  }
  if (code === 'OVERLOADED')
    return new DomainError('INVALID_INPUT', 'The message is larger than 32 MiB; send it in parts.');
  return new DomainError('INTERNAL', `The ${service} service failed.`);
}
