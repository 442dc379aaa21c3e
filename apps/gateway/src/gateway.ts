import type { IncomingMessage } from 'node:http';
import type { InferenceClient } from '@cairn/contracts';
import { nestLogger, openServiceMetrics, type Logger } from '@cairn/service-kit';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Drain } from './drain.js';
import { HttpErrorFilter } from './errors/http-error.filter.js';
import type { GatewayConfig } from './gateway.config.js';
import { GatewayModule, graphqlPath } from './gateway.module.js';
import { GrpcHealth } from './health/grpc-health.js';
import { addHealthRoutes } from './health/health-routes.js';
import { admitRequests } from './limits/admission.js';
import { limits } from './limits/limits.js';
import { PersistedOperations } from './limits/persisted-operations.js';
import { ContextFactory } from './request/context-factory.js';
import { addOpenAIRoutes } from './openai/openai-routes.js';
import { readJsonOnly } from './request/json-body.js';
import { resolvePersisted } from './request/persisted-request.js';
import { requestIdOf } from './request/request-id.js';
import { traceRequests } from './request/trace-requests.js';
import { inferenceToken } from './request/services.js';
import { serveWebSocket } from './subscriptions/websocket.js';

export interface RunningGateway {
  /** Where it listens, "http://host:port". */
  readonly url: string;
  /** Not ready any more, requests in flight finish, subscriptions are told to go, then everything is closed. */
  stop(): Promise<void>;
}

/** Time requests in flight get to finish after a stop was asked for; the rest of ten seconds is for what follows. */
const drainMs = 7_000;

/**
 * Starts the gateway. Port 0 chooses a free one.
 * @throws an error with the code EADDRINUSE if the address is taken
 */
export async function startGateway(config: GatewayConfig, logger: Logger): Promise<RunningGateway> {
  const adapter = new FastifyAdapter({
    bodyLimit: limits.bodyBytes,
    forceCloseConnections: 'idle',
    // Whoever was told to come by keeps being served until the connections are closed.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers),
  });
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.create(config, logger), adapter, {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new HttpErrorFilter(logger));

  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  const drain = new Drain(fastify, app.getHttpServer());
  readJsonOnly(fastify);
  if (config.traces !== undefined) traceRequests(fastify);
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  const metrics = await openServiceMetrics('gateway', config.metricsAddress, logger);
  fastify.addHook('onResponse', async (request, reply) => {
    const { url: path = 'other' } = request.routeOptions;
    metrics.callEnded(`${request.method} ${path}`, String(reply.statusCode), reply.elapsedTime / 1000);
    if (!logger.isLevelEnabled('debug') || path.startsWith('/health')) return;
    const { id: requestId, method } = request;
    logger.debug({ requestId, method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
  });
  const persisted = config.persisted && new PersistedOperations(config.persisted);
  if (persisted !== undefined) resolvePersisted(fastify, graphqlPath, persisted);
  admitRequests(fastify, graphqlPath, config.requestsUnderWay);
  const services = [
    new GrpcHealth('knowledge', config.knowledgeAddress),
    new GrpcHealth('inference', config.inferenceAddress),
  ];
  addHealthRoutes(fastify, services, () => drain.isStopping);
  const contexts = app.get(ContextFactory);
  addOpenAIRoutes(fastify, { inference: app.get<InferenceClient>(inferenceToken), contexts, logger });
  if (config.ide) {
    // Loaded only where it is used.
    const { addIdeRoutes } = await import('./ide/ide-routes.js');
    addIdeRoutes(fastify);
  }

  await app.init();
  const sockets = serveWebSocket(app.getHttpServer(), {
    path: graphqlPath,
    schema: app.get(GraphQLSchemaHost).schema,
    production: config.production,
    persisted,
    logger,
    contextOf: (...connection) => contexts.ofConnection(...connection),
  });
  const close = async () => {
    metrics.setReady(false);
    const force = setTimeout(() => drain.end(), drainMs);
    await drain.begin();
    await sockets.stop();
    await app.close();
    services.forEach((service) => service.close());
    await metrics.close();
    clearTimeout(force);
  };

  try {
    const [host, port] = config.address.split(':');
    // Not through Nest, which would log a failure of its own beside ours.
    await fastify.listen({ host, port: Number(port) });
  } catch (error) {
    await close();
    throw error;
  }
  const { address, port } = app.getHttpServer().address() as { address: string; port: number };
  const url = `http://${address}:${port}`;
  metrics.setReady(true);
  logger.info({ url: `${url}${graphqlPath}` }, 'ready');
  return { url, stop: close };
}
