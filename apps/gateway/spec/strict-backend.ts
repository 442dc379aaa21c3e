import {
  contextFromMetadata,
  loadService,
  toGrpcError,
  type CallContext,
  type Draft,
  type ServiceName,
} from '@cairn/contracts';
import { createLogger, serveDuplex } from '@cairn/service-kit';
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

export interface ReceivedCall {
  readonly method: string;
  readonly request: unknown;
  readonly context: CallContext;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** What a stream's handler gets: how to send, and when the client has gone. */
export interface Outgoing {
  send(message: object): void;
  end(): void;
  readonly cancelled: Promise<void>;
}

const logger = createLogger('backend', 'silent');

type Handler = (request: never, outgoing: Outgoing) => unknown;

const servicesOf: Partial<Record<ServiceName, string[]>> = {
  knowledge: [
    'ContentService',
    'EditingService',
    'TopicTreeService',
    'ReviewService',
    'SearchService',
    'DiscoveryService',
    'JobService',
    'TrainingService',
    'AccessService',
    'TransferService',
  ],
  inference: ['InferenceService'],
};

/**
 * A gRPC server that speaks a service's real protocol and knows no answer it was not given: a call without a handler
 * fails, every call is recorded.
 */
export class StrictBackend {
  readonly calls: ReceivedCall[] = [];
  private handlers: Record<string, Handler> = {};
  private server: Server;
  private port = 0;

  constructor(private readonly service: ServiceName) {}

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Methods called since the last `given`, in order. */
  get methods(): string[] {
    return this.calls.map(({ method }) => method);
  }

  /** Sets the answer of a method for all calls to come. */
  on<Q, R>(method: string, handler: (request: Q, outgoing: Outgoing) => Draft<R> | Promise<Draft<R>> | void): this {
    this.handlers[method] = handler as Handler;
    return this;
  }

  /** Forgets the handlers and calls of the test before. */
  reset(): this {
    this.handlers = {};
    this.calls.length = 0;
    return this;
  }

  async start(): Promise<void> {
    this.server = new Server({ 'grpc.max_receive_message_length': 32 * 1024 * 1024 });
    new HealthImplementation({ '': 'SERVING' }).addToServer(this.server);
    for (const name of servicesOf[this.service] ?? []) {
      const definition = loadService(this.service, name);
      const implementation: UntypedServiceImplementation = {};
      for (const [method, { requestStream, responseStream }] of Object.entries(definition)) {
        const key = method[0].toLowerCase() + method.slice(1);
        const kind = requestStream ? this.duplex(key) : responseStream ? this.streaming(key) : this.unary(key);
        implementation[method] = kind;
      }
      this.server.addService(definition, implementation);
    }
    this.port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync(this.address, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
  }

  /** Cuts every connection, as a killed process does. `start` takes the same port again. */
  stop(): void {
    this.server.forceShutdown();
  }

  private handlerOf(method: string): Handler {
    const handler = this.handlers[method];
    if (handler === undefined) throw new Error(`This test expects no call of ${method}.`);
    return handler;
  }

  private unary(method: string) {
    return (call: ServerUnaryCall<object, object>, callback: sendUnaryData<object>) => {
      const context = contextFromMetadata(call.metadata);
      this.calls.push({ method, request: call.request, context, deadline: Number(call.getDeadline()) });
      const outgoing = { send: () => {}, end: () => {}, cancelled: cancellationOf(call) };
      Promise.resolve()
        .then(() => this.handlerOf(method)(call.request as never, outgoing))
        .then(
          (response) => callback(null, response as object),
          (error: unknown) => callback(toGrpcError(error, context.requestId)),
        );
    };
  }

  private streaming(method: string) {
    return (call: ServerWritableStream<object, object>) => {
      const context = contextFromMetadata(call.metadata);
      this.calls.push({ method, request: call.request, context, deadline: Number(call.getDeadline()) });
      const outgoing: Outgoing = {
        send: (message) => call.write(message),
        end: () => call.end(),
        cancelled: cancellationOf(call),
      };
      try {
        this.handlerOf(method)(call.request as never, outgoing);
      } catch (error) {
        call.emit('error', toGrpcError(error, context.requestId));
      }
    };
  }

  /** Both directions: the handler answers message by message, in order. */
  private duplex(method: string) {
    return (call: ServerDuplexStream<object, object>) => {
      const outgoing = { send: () => {}, end: () => {}, cancelled: cancellationOf(call) };
      return serveDuplex(call, logger, async ({ requests, send, context }) => {
        for await (const request of requests) {
          this.calls.push({ method, request, context, deadline: Number(call.getDeadline()) });
          await send((await this.handlerOf(method)(request as never, outgoing)) as object);
        }
      });
    };
  }
}

function cancellationOf(call: { on(event: 'cancelled', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => call.on('cancelled', () => resolve()));
}
