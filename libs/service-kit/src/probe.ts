/**
 * Asks a service for its health: `node probe.js HOST:PORT` exits with 0 if it is serving. For container health checks.
 */
import { credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';

type Check = (
  request: { service: string },
  options: { deadline: number },
  callback: (error: ServiceError | null, response?: { status: string }) => void,
) => void;

const address = process.argv[2] ?? '';
const Health = makeGenericClientConstructor(service, 'grpc.health.v1.Health');
const client = new Health(address, credentials.createInsecure());

(client['check'] as Check).call(client, { service: '' }, { deadline: Date.now() + 3000 }, (error, response) => {
  if (response?.status === 'SERVING') process.exit(0);
  console.error(error?.details ?? `${address} is ${response?.status}`);
  process.exit(1);
});
