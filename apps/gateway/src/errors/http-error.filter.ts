import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Logger } from '@cairn/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { limits } from '../limits/limits.js';
import { internalMessage } from './error-table.js';

/** What went wrong before GraphQL began, by Fastify's code. */
const bodyFaults: Record<string, { status: number; code: string; message: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    message: `The body is larger than ${limits.bodyBytes / 1024 / 1024} MiB; send it in parts.`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'Send the request as "content-type: application/json".',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, code: 'BAD_REQUEST', message: 'The body is empty.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'The body is not as long as its header says.',
  },
};

/** Answers a faulty HTTP request in the form of GraphQL: `{ errors: [{ message, extensions: { code } }] }`. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter<unknown> {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    // Resolvers have their own door (see auth/guard-fields).
    if (host.getType<string>() === 'graphql') throw thrown;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { status, code, message } = this.describe(thrown, String(request.id));
    void http
      .getResponse<FastifyReply>()
      .status(status)
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify({ errors: [{ message, extensions: { code, requestId: request.id } }] }));
  }

  private describe(thrown: unknown, requestId: string): { status: number; code: string; message: string } {
    const fault = bodyFaults[(thrown as { code?: string }).code ?? ''];
    if (fault !== undefined) return fault;
    if (thrown instanceof HttpException) {
      const status = thrown.getStatus();
      const body = thrown.getResponse() as { code?: string };
      return { status, code: body.code ?? (status === 404 ? 'NOT_FOUND' : 'BAD_REQUEST'), message: thrown.message };
    }
    this.logger.error({ requestId, err: thrown }, 'unexpected error');
    return { status: 500, code: 'INTERNAL', message: internalMessage(requestId) };
  }
}
