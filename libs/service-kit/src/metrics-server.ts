import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConfigurationError } from './environment.js';
import type { Logger } from './log.js';

/** What a scrape is answered with; a registry of prom-client is one. */
export interface MetricsPage {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface MetricsServerOptions {
  /** "host:port" to listen on, and nowhere else; port 0: any free one. */
  readonly address: string;
  /** The environment variable that `address` is from: named when nobody can listen there. */
  readonly variable: string;
  readonly page: MetricsPage;
  /** What GET /healthz says; without it, that the event loop runs. */
  readonly healthy?: () => boolean;
  readonly logger: Logger;
}

export interface MetricsServer {
  /** "host:port" it listens on. */
  readonly address: string;
  /** Answers what it has begun to answer, for a second at most, and stops listening. */
  close(): Promise<void>;
}

const plainText = 'text/plain; charset=utf-8';
/** A page is ready in milliseconds and asked for every few seconds; more connections than this are no scrapers. */
const mostConnections = 64;
const requestTimeoutMs = 10_000;
const closeMs = 1_000;

/**
 * Serves `GET /metrics` and `GET /healthz` over plain HTTP, for scrapers and probes inside the network.
 * @throws ConfigurationError naming `variable` if it cannot listen on `address`
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(request, response, options));
  server.maxConnections = mostConnections;
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  await listen(server, options);
  const bound = server.address();
  const address = bound !== null && typeof bound === 'object' ? `${bound.address}:${bound.port}` : options.address;
  options.logger.info({ address }, 'metrics are served');
  return {
    address,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      const force = setTimeout(() => server.closeAllConnections(), closeMs);
      await closed;
      clearTimeout(force);
    },
  };
}

async function listen(server: Server, { address, variable, logger }: MetricsServerOptions): Promise<void> {
  const colon = address.lastIndexOf(':');
  server.listen({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ConfigurationError(`${variable}=${address}: ${reasonOf(error as NodeJS.ErrnoException)}`);
  }
  // After it listens, an error is of one connection or of the process's file handles: it must not end the service.
  server.on('error', (error) => logger.error({ err: error }, 'the metrics server failed'));
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the port is taken by another program. Stop it, or choose another port.';
    case 'EACCES':
      return 'this user may not listen on that port. Choose one above 1023.';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'that host is not an address of this machine.';
    default:
      return message;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, options: MetricsServerOptions) {
  const [path] = (request.url ?? '/').split('?');
  if (path !== '/metrics' && path !== '/healthz') return send(response, 404, 'There are /metrics and /healthz.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'Use GET.\n');
  }
  if (path === '/healthz')
    return options.healthy?.() === false ? send(response, 503, 'not ready\n') : send(response, 200, 'ok\n');
  try {
    send(response, 200, await options.page.metrics(), options.page.contentType);
  } catch (error) {
    options.logger.error({ err: error }, 'could not write the metrics');
    send(response, 500, 'The metrics could not be written; the log says why.\n');
  }
}

/** Node leaves the body out where HEAD was asked. */
function send(response: ServerResponse, status: number, body: string, contentType = plainText): void {
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
