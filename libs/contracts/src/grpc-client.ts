/**
 * Typed gRPC clients over the generated interfaces: promises instead of observables, a deadline on every call,
 * cancellation by AbortSignal, DomainError instead of status codes, back-pressure on streams.
 */
import { randomUUID } from 'node:crypto';
import {
  Client,
  credentials,
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
} from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/grpc-js';
import type { Observable } from 'rxjs';
import { contextToMetadata, type CallContext } from './call-context.js';
import { currentLimits, timeLeft } from './call-limits.js';
import { startCallSpan } from './call-span.js';
import { DomainError, fromGrpcError } from './domain-error.js';
import { loadService, type ServiceName } from './service-packages.js';

export interface CallOptions {
  readonly context?: CallContext;
  readonly signal?: AbortSignal;
  /**
   * Milliseconds after which the call fails with DEADLINE_EXCEEDED; default 30,000 for unary calls, 1 h for streams. Never
   * more than is left to the call in whose service this one is made.
   */
  readonly deadlineMs?: number;
}

/** A message with every field optional: absent fields take protobuf's defaults. */
export type Draft<T> = T extends Uint8Array
  ? T
  : T extends ReadonlyArray<infer E>
    ? ReadonlyArray<Draft<E>>
    : T extends object
      ? { [K in keyof T]?: Draft<T[K]> }
      : T;

/** Both directions of a bidirectional call. `send` waits while the receiver is slow; iterate to read. */
export interface DuplexCall<Q, R> extends AsyncIterable<R> {
  send(message: Draft<Q>): Promise<void>;
  /** No more messages will be sent. */
  end(): void;
  cancel(): void;
}

type ClientMethod<M, IsServerStream extends boolean> = M extends (
  request: infer Q,
  ...rest: never[]
) => Observable<infer R>
  ? Q extends Observable<infer Message>
    ? (options?: CallOptions) => DuplexCall<Message, R>
    : IsServerStream extends true
      ? (request: Draft<Q>, options?: CallOptions) => AsyncIterable<R>
      : (request: Draft<Q>, options?: CallOptions) => Promise<R>
  : never;

/** The promise client of a generated `XServiceClient`; ServerStreams names its server-streaming methods. */
export type GrpcClient<C, ServerStreams extends keyof C = never> = {
  readonly [M in keyof C]: ClientMethod<C[M], M extends ServerStreams ? true : false>;
} & { close(): void };

/** 32 MiB a message: 1,024 texts of 8 kB, or 8,192 vectors of 1,024 components. */
export const maxMessageBytes = 32 * 1024 * 1024;

const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  // A restarted service is found again within two seconds, not two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

const streamDeadlineMs = 60 * 60 * 1000;
const unaryDeadlineMs = 30_000;

function callSettings(options: CallOptions, defaultDeadlineMs: number) {
  return {
    metadata: contextToMetadata(options.context ?? { requestId: randomUUID() }),
    options: { deadline: Date.now() + Math.min(options.deadlineMs ?? defaultDeadlineMs, timeLeft()) },
  };
}

/** Ties a call to its own signal and to that of the call it is made for; returns the untying. */
function cancelOn(own: AbortSignal | undefined, call: { cancel(): void }): () => void {
  const signals = [own, currentLimits()?.signal].filter((signal) => signal !== undefined);
  if (signals.length === 0) return () => {};
  const cancel = () => call.cancel();
  for (const signal of signals)
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  return () => signals.forEach((signal) => signal.removeEventListener('abort', cancel));
}

async function* readAll<R>(
  stream: ClientReadableStream<R> | ClientDuplexStream<never, R>,
  service: string,
  release: () => void,
): AsyncGenerator<R> {
  try {
    for await (const message of stream) yield message as R;
  } catch (error) {
    throw fromGrpcError(error, service);
  } finally {
    release();
    stream.cancel();
  }
}

/**
 * A client of one gRPC service.
 * @param service who serves it, also the name used in error messages
 * @param name the protobuf service, "InferenceService"
 * @param address "host:port"
 */
export function createGrpcClient<C, ServerStreams extends keyof C = never>(
  service: ServiceName,
  name: string,
  address: string,
): GrpcClient<C, ServerStreams> {
  const client = new Client(address, credentials.createInsecure(), channelOptions);
  const methods: Record<string, unknown> = { close: () => client.close() };
  for (const definition of Object.values(loadService(service, name)) as MethodDefinition<object, object>[]) {
    const { path, requestStream, responseStream, requestSerialize, responseDeserialize } = definition;
    const unary = (request: object, options: CallOptions = {}) =>
      new Promise((resolve, reject) => {
        const settings = callSettings(options, unaryDeadlineMs);
        const traced = startCallSpan(path, settings.metadata);
        let release = () => {};
        const call = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          settings.metadata,
          settings.options,
          (error, response) => {
            release();
            if (error) reject(fromGrpcError(error, service));
            else resolve(response);
          },
        );
        traced(call);
        release = cancelOn(options.signal, call);
      });
    const serverStream = (request: object, options: CallOptions = {}) => {
      const settings = callSettings(options, streamDeadlineMs);
      const traced = startCallSpan(path, settings.metadata);
      const call = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        settings.metadata,
        settings.options,
      );
      traced(call);
      call.on('error', () => {}); // reported by the iteration; without a listener an unread call would crash the process
      return readAll(call, service, cancelOn(options.signal, call));
    };
    const duplex = (options: CallOptions = {}): DuplexCall<object, object> => {
      const settings = callSettings(options, streamDeadlineMs);
      const traced = startCallSpan(path, settings.metadata);
      const call = client.makeBidiStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        settings.metadata,
        settings.options,
      );
      traced(call);
      let failure: unknown;
      call.on('error', (error) => (failure = error));
      const release = cancelOn(options.signal, call);
      const reader = readAll(call as ClientDuplexStream<never, object>, service, release);
      return {
        send: (message) =>
          new Promise((resolve, reject) => {
            if (failure !== undefined) return reject(fromGrpcError(failure, service));
            if (call.destroyed || call.writableEnded)
              return reject(new DomainError('CANCELLED', 'The call has ended.'));
            if (call.write(message)) return resolve();
            const settle = () => {
              call.off('drain', settle).off('error', settle).off('close', settle);
              if (failure !== undefined) reject(fromGrpcError(failure, service));
              else resolve();
            };
            call.once('drain', settle).once('error', settle).once('close', settle);
          }),
        end: () => call.end(),
        cancel: () => call.cancel(),
        [Symbol.asyncIterator]: () => reader,
      };
    };
    const method = requestStream ? duplex : responseStream ? serverStream : unary;
    methods[definition.originalName ?? path] = method;
  }
  return methods as unknown as GrpcClient<C, ServerStreams>;
}
