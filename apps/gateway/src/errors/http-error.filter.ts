import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { DomainError } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { limits } from '../limits/limits.js';
import { errorTable, internalMessage } from './error-table.js';

/** What went wrong before GraphQL began, by HTTP status. */
const faults: Record<number, { code: string; message?: string }> = {
  400: { code: 'BAD_REQUEST' },
  404: { code: 'NOT_FOUND' },
  413: {
    code: 'PAYLOAD_TOO_LARGE',
    message: `The body is larger than ${limits.bodyBytes / 1024 / 1024} MiB; send it in parts.`,
  },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Send the request as "content-type: application/json".' },
};

interface Description {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

/** Answers a faulty HTTP request in the form of GraphQL: `{ errors: [{ message, extensions: { code } }] }`. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter<unknown> {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    // Resolvers have their own door (see auth/guard-fields).
    if (host.getType<string>() === 'graphql') throw thrown;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { status, message, ...extensions } = this.describe(thrown, String(request.id));
    void http
      .getResponse<FastifyReply>()
      .status(status)
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify({ errors: [{ message, extensions: { ...extensions, requestId: request.id } }] }));
  }

  private describe(thrown: unknown, requestId: string): Description {
    if (thrown instanceof DomainError && thrown.code !== 'INTERNAL') {
      const { code, message, details } = thrown;
      return { status: errorTable[code].httpStatus, code, message, field: details.field };
    }
    const status =
      thrown instanceof HttpException ? thrown.getStatus() : (thrown as { statusCode?: number }).statusCode;
    if (status !== undefined && status < 500) {
      const fault = faults[status] ?? faults[400];
      return { status, code: fault.code, message: fault.message ?? (thrown as Error).message };
    }
    this.logger.error({ requestId, err: thrown }, 'unexpected error');
    return { status: 500, code: 'INTERNAL', message: internalMessage(requestId) };
  }
}
