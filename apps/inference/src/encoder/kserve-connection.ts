import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GrpcClient, kserveV2 } from '@cairn/contracts';
import type { Client, ServiceDefinition, ServiceError } from '@grpc/grpc-js';
import { Unavailable } from '../threads/unavailable.js';

type Grpc = typeof import('@grpc/grpc-js');
type Methods = Pick<
  GrpcClient<kserveV2.GRPCInferenceServiceClient>,
  'serverReady' | 'modelReady' | 'modelMetadata' | 'modelInfer'
>;

export interface KserveAddress {
  /** "host:port" of the server's gRPC interface. */
  readonly url: string;
  /** Name of the model there. */
  readonly model: string;
  /** Time for one call, with all tries. */
  readonly timeoutMs: number;
}

/** Waits before further tries. Together longer than the longest wait for a new connection, see channelOptions. */
const retryWaitsMs = [50, 100, 200, 400, 800];

const channelOptions = {
  // Layers of a large batch are larger than the 4 MiB that gRPC takes by default.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  // So that a new client means a new connection.
  'grpc.use_local_subchannel_pool': 1,
};

/** The model server answered with an error that trying again does not mend. */
export class KserveFailure extends Error {
  override name = 'KserveFailure';

  /** @param status name of the gRPC status */
  constructor(
    readonly status: string,
    message: string,
  ) {
    super(message);
  }
}

/** The nearest proto/kserve above this file, built or not. */
function protoFolder(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'proto/kserve'))) return join(folder, 'proto');
    if (folder === dirname(folder)) throw new Error(`There is no proto/kserve folder above ${__dirname}.`);
  }
}

/** Calls to a server that speaks KServe v2, with a deadline each; tried again where that may help. */
export class KserveConnection {
  private client: Client;

  private constructor(
    private readonly grpc: Grpc,
    private readonly service: ServiceDefinition,
    private readonly address: KserveAddress,
  ) {
    this.client = this.connect();
  }

  /** Loads gRPC, which nobody needs who runs encoders in this process. Nothing is sent yet. */
  static async open(address: KserveAddress): Promise<KserveConnection> {
    const [grpc, { load }] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
    const options = { longs: Number, defaults: true, arrays: true, includeDirs: [protoFolder()] };
    const definition = await load('kserve/v2/inference.proto', options);
    const service = definition['inference.GRPCInferenceService'] as ServiceDefinition;
    return new KserveConnection(grpc, service, address);
  }

  /**
   * @throws Unavailable if the server cannot be reached, is full, or does not answer in time, after a few tries
   * @throws KserveFailure if it answers with another error
   */
  async call<M extends keyof Methods>(
    method: M,
    request: Parameters<Methods[M]>[0],
  ): Promise<Awaited<ReturnType<Methods[M]>>> {
    const { timeoutMs, model } = this.address;
    const { status } = this.grpc;
    const deadline = Date.now() + timeoutMs;
    for (let attempt = 0; ; attempt++) {
      try {
        return (await this.attempt(method, request, deadline)) as Awaited<ReturnType<Methods[M]>>;
      } catch (thrown) {
        const error = thrown as ServiceError;
        if (error.code === status.DEADLINE_EXCEEDED) {
          // Perhaps only slow; perhaps the machine is gone and the connection will not find out for many minutes.
          this.client.close();
          this.client = this.connect();
          throw new Unavailable(
            `The model server that runs "${model}" did not answer within ${timeoutMs} ms; try again in a moment.`,
            { cause: error },
          );
        }
        // CANCELLED: nobody here cancels; a server that stops resets its streams.
        const passing = [status.UNAVAILABLE, status.RESOURCE_EXHAUSTED, status.CANCELLED].includes(error.code);
        if (!passing)
          throw new KserveFailure(
            status[error.code],
            `The model server answered ${method} for "${model}" with ${status[error.code]}: ${error.details}`,
          );
        const wait = retryWaitsMs[attempt];
        if (wait === undefined || Date.now() + wait >= deadline)
          throw new Unavailable(
            `The model server that runs "${model}" is not available (${status[error.code]}); try again in a moment.`,
            { cause: error },
          );
        await sleep(wait);
      }
    }
  }

  close(): void {
    this.client.close();
  }

  private connect(): Client {
    return new this.grpc.Client(this.address.url, this.grpc.credentials.createInsecure(), channelOptions);
  }

  private attempt(method: keyof Methods, request: object, deadline: number): Promise<unknown> {
    const { path, requestSerialize, responseDeserialize } = Object.values(this.service).find(
      ({ originalName }) => originalName === method,
    ) as ServiceDefinition[string];
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        (error: ServiceError | null, response: unknown) => (error === null ? resolve(response) : reject(error)),
      );
    });
  }
}
