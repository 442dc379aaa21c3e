import { DomainError, type knowledgeV1 } from '@cairn/contracts';
import { createLogger } from '@cairn/service-kit';
import type { GatewayConfig } from '../src/gateway.config.js';
import { startGateway, type RunningGateway } from '../src/gateway.js';
import { StrictBackend } from './strict-backend.js';

export interface GraphQLResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Record<string, never> | null | undefined;
  readonly errors: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
}

/** The gateway as it is, in front of two strict backends. */
export interface TestBench {
  readonly knowledge: StrictBackend;
  readonly inference: StrictBackend;
  readonly gateway: RunningGateway;
  /** Sends an operation over HTTP. */
  ask(query: string, options?: AskOptions): Promise<GraphQLResponse>;
  /** Backends without handlers but for keys: "<role>-key" belongs to the role. */
  reset(): void;
  stop(): Promise<void>;
}

export interface AskOptions {
  readonly variables?: Record<string, unknown>;
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

export async function startBench(overrides: Partial<GatewayConfig> = {}): Promise<TestBench> {
  const knowledge = new StrictBackend('knowledge');
  const inference = new StrictBackend('inference');
  await Promise.all([knowledge.start(), inference.start()]);
  const reset = () => {
    inference.reset();
    knowledge.reset().on<knowledgeV1.VerifyKeyRequest, knowledgeV1.KeyIdentity>('verifyKey', ({ key }) => {
      const role = /^(reader|editor|admin)-key/.exec(key)?.[1];
      if (role === undefined) throw new DomainError('UNAUTHENTICATED', 'There is no such key.');
      return { keyId: key, name: `the ${role}`, role };
    });
  };
  reset();
  const config: GatewayConfig = {
    address: '127.0.0.1:0',
    knowledgeAddress: knowledge.address,
    inferenceAddress: inference.address,
    production: false,
    ide: false,
    requestsUnderWay: 64,
    requestMs: 30_000,
    logLevel: 'silent',
    rateLimits: { withKey: 0, anonymous: 0 },
    ...overrides,
  };
  const gateway = await startGateway(config, createLogger('gateway', 'silent'));
  const ask = async (query: string, { variables, key, headers }: AskOptions = {}): Promise<GraphQLResponse> => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'x-cairn-key': key }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as Pick<GraphQLResponse, 'data'> & Partial<Pick<GraphQLResponse, 'errors'>>;
    return { status: response.status, headers: response.headers, data: body.data, errors: body.errors ?? [] };
  };
  const stop = async () => {
    await gateway.stop();
    knowledge.stop();
    inference.stop();
  };
  return { knowledge, inference, gateway, ask, reset, stop };
}
