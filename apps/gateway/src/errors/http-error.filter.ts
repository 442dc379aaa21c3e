import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Logger } from '@cairn/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeFault } from './fault.js';

/** Answers a faulty HTTP request in the form of GraphQL: `{ errors: [{ message, extensions: { code } }] }`. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter<unknown> {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    // Resolvers have their own door (see auth/guard-fields).
    if (host.getType<string>() === 'graphql') throw thrown;
    const http = host.switchToHttp();
    const { id: requestId } = http.getRequest<FastifyRequest>();
    const { status, message, ...extensions } = describeFault(thrown, requestId);
    if (extensions.code === 'INTERNAL') this.logger.error({ requestId, err: thrown }, 'unexpected error');
    const { retryAfterMs } = extensions;
    void http
      .getResponse<FastifyReply>()
      .status(status)
      .headers(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) })
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify({ errors: [{ message, extensions: { ...extensions, requestId } }] }));
  }
}
