import { HttpException } from '@nestjs/common';
import { DomainError } from '@cairn/contracts';
import { GraphQLError } from 'graphql';
import { limits } from '../limits/limits.js';
import { errorTable, internalMessage } from './error-table.js';

/** What a caller over HTTP is told, whatever the shape it is told in. */
export interface Fault {
  readonly status: number;
  /** A domain error's code, or one of those below. */
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly retryAfterMs?: number;
}

/** What is wrong with a request before anybody has looked at what it asks for, by HTTP status. */
const requestFaults: Record<number, { code: string; message?: string }> = {
  400: { code: 'BAD_REQUEST' },
  404: { code: 'NOT_FOUND' },
  413: {
    code: 'PAYLOAD_TOO_LARGE',
    message: `The body is larger than ${limits.bodyBytes / 1024 / 1024} MiB; send it in parts.`,
  },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Send the request as "content-type: application/json".' },
};

/** A thrown value as what the caller is told. Unexpected values become INTERNAL and keep their secrets. */
export function describeFault(thrown: unknown, requestId: string): Fault {
  if (thrown instanceof DomainError && thrown.code !== 'INTERNAL') {
    const { code, message, details } = thrown;
    const { field, retryAfterMs } = details;
    return { status: errorTable[code].httpStatus, code, message, field, retryAfterMs };
  }
  if (thrown instanceof GraphQLError) {
    const { code, http } = thrown.extensions as { code?: string; http?: { status?: number } };
    if (code !== undefined && http?.status !== undefined) return { status: http.status, code, message: thrown.message };
  }
  const status = thrown instanceof HttpException ? thrown.getStatus() : (thrown as { statusCode?: number }).statusCode;
  if (status !== undefined && status < 500) {
    const { code, message } = requestFaults[status] ?? requestFaults[400];
    return { status, code, message: message ?? (thrown as Error).message };
  }
  return { status: 500, code: 'INTERNAL', message: internalMessage(requestId) };
}
