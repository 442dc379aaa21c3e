import 'reflect-metadata';
import { join } from 'node:path';
import { loaderOptions, maxMessageBytes, protoRoot, servicePackages, type ServiceName } from '@cairn/contracts';
import type { Server } from '@grpc/grpc-js';
import type { DynamicModule, INestMicroservice, NestInterceptor, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { CallObserver } from './call-observer.js';
import { CallTrace } from './call-trace.js';
import { ConfigurationError } from './environment.js';
import { GrpcErrorFilter } from './grpc-errors.js';
import { nestLogger, type Logger } from './log.js';
import type { ServiceMetrics } from './service-metrics.js';

export interface GrpcServiceOptions {
  readonly service: ServiceName;
  readonly module: Type | DynamicModule;
  /** "host:port" to listen on. */
  readonly address: string;
  readonly logger: Logger;
  /** Told of every call; absent: calls are logged only. */
  readonly metrics?: Pick<ServiceMetrics, 'callEnded'>;
  /** Whether every call is a span: only where traces are sent. */
  readonly traceCalls?: boolean;
  /** Runs after the application is built and before the service says it is ready; throwing refuses to start. */
  readonly prepare?: (app: INestMicroservice) => Promise<void>;
}

export interface RunningService {
  readonly app: INestMicroservice;
  /** Not ready any more, requests in flight finish, then everything is closed. */
  stop(): Promise<void>;
}

/** Time requests in flight get to finish after SIGTERM; the rest of ten seconds is for what follows. */
const drainMs = 7_000;

/**
 * Starts a gRPC service with `grpc.health.v1` beside it. Health is NOT_SERVING until `prepare` has ended, and again
 * from the moment a stop is asked for.
 */
export async function startGrpcService(options: GrpcServiceOptions): Promise<RunningService> {
  const { service, address, logger } = options;
  const { package: packageName, files } = servicePackages[service];
  const health = new HealthImplementation({ '': 'NOT_SERVING', [packageName]: 'NOT_SERVING' });
  let server: Server | undefined;
  const setHealth = (status: 'SERVING' | 'NOT_SERVING') => {
    health.setStatus('', status);
    health.setStatus(packageName, status);
  };
  const app = await NestFactory.createMicroservice<GrpcOptions>(options.module, {
    transport: Transport.GRPC,
    logger: nestLogger(logger),
    abortOnError: false,
    options: {
      package: packageName,
      protoPath: files.map((file) => join(protoRoot(), file)),
      loader: { ...loaderOptions, includeDirs: [protoRoot()] },
      url: address,
      maxReceiveMessageLength: maxMessageBytes,
      maxSendMessageLength: maxMessageBytes,
      gracefulShutdown: true,
      onLoadPackageDefinition: (_definition, grpcServer: Server) => {
        server = grpcServer;
        health.addToServer(grpcServer);
      },
    },
  });
  const observers: NestInterceptor[] = [new CallObserver(logger, options.metrics)];
  if (options.traceCalls) observers.unshift(new CallTrace());
  app.useGlobalInterceptors(...observers);
  app.useGlobalFilters(new GrpcErrorFilter(logger));
  await options.prepare?.(app);
  await app.listen();
  setHealth('SERVING');
  logger.info({ address }, 'ready');
  return {
    app,
    stop: async () => {
      setHealth('NOT_SERVING');
      const force = setTimeout(() => server?.forceShutdown(), drainMs);
      await app.close();
      clearTimeout(force);
    },
  };
}

/** What a service tells the supervisor that started it. */
export type ProcessMessage = { type: 'ready' } | { type: 'failed'; message: string };

/**
 * The life of a process: starts, stops on SIGTERM, SIGINT or the death of its supervisor, and turns a failed
 * start into one clear line and exit code 1.
 */
export async function runProcess(logger: Logger, start: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  process.on('unhandledRejection', (reason) => logger.error({ err: reason }, 'unhandled rejection'));
  // A child whose supervisor dies while it starts must not stay behind.
  const orphaned = () => process.exit(1);
  process.once('disconnect', orphaned);
  try {
    const running = await start();
    process.off('disconnect', orphaned);
    // A supervisor that started us with an IPC channel waits for this.
    process.send?.({ type: 'ready' } satisfies ProcessMessage);
    let stopping = false;
    const stop = (signal: string) => {
      if (stopping) return;
      stopping = true;
      logger.info({ signal }, 'stopping');
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'could not stop cleanly');
          process.exit(1);
        },
      );
    };
    process.on('SIGTERM', () => stop('SIGTERM'));
    process.on('SIGINT', () => stop('SIGINT'));
    // Nor one whose supervisor dies later.
    process.on('disconnect', () => stop('disconnect'));
  } catch (error) {
    logger.fatal(error instanceof ConfigurationError ? {} : { err: error }, startFailure(error));
    process.send?.({ type: 'failed', message: startFailure(error) } satisfies ProcessMessage);
    process.exitCode = 1;
    setTimeout(() => process.exit(1), 100).unref();
  }
}

/** One line for a person: what stands in the way of a start. */
export function startFailure(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const text = message ?? String(error);
  if (code === 'EADDRINUSE' || /EADDRINUSE|No address added out of total|address already in use/i.test(text))
    return `The address is taken by another program (${text}). Stop it or choose another port.`;
  return text;
}
