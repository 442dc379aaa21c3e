import { credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';

type Check = (
  request: { service: string },
  options: { deadline: number },
  callback: (error: ServiceError | null, response?: { status: string }) => void,
) => void;

/** Time a service has to say that it is well. */
const deadlineMs = 1500;

/** Asks one service for its health over `grpc.health.v1`. */
export class GrpcHealth {
  private readonly client;

  constructor(
    readonly service: string,
    address: string,
  ) {
    const Health = makeGenericClientConstructor(healthService, 'grpc.health.v1.Health');
    this.client = new Health(address, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2000,
    });
  }

  /** @returns undefined if it serves, else what is wrong */
  fault(): Promise<string | undefined> {
    return new Promise((resolve) => {
      (this.client['check'] as unknown as Check).call(
        this.client,
        { service: '' },
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          if (error) resolve('cannot be reached');
          else resolve(response?.status === 'SERVING' ? undefined : 'is not ready');
        },
      );
    });
  }

  close(): void {
    this.client.close();
  }
}
