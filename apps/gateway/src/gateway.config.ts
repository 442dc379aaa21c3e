import {
  address,
  count,
  flag,
  metricsAddress,
  readEnvironment,
  toTraceSettings,
  traceVariables,
  type TraceSettings,
} from '@cairn/service-kit';
import { z } from 'zod';
import type { PersistedSettings } from './limits/persisted-operations.js';
import { tokenAlgorithms, type TokenSettings } from './auth/token-verifier.js';

/** Names with commas between them, all of them known. */
const list = (known: readonly string[]) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine((given) => given.every((name) => known.includes(name)), `must be some of ${known.join(', ')}`);

const schema = z
  .object({
    GATEWAY_ADDRESS: address.default('127.0.0.1:4000'),
    KNOWLEDGE_ADDRESS: address.default('127.0.0.1:50053'),
    INFERENCE_ADDRESS: address.default('127.0.0.1:50051'),
    NODE_ENV: z.string().default('development'),
    GRAPHQL_IDE: flag.optional(),
    OIDC_ISSUER: z.url().optional(),
    OIDC_AUDIENCE: z.string().optional(),
    OIDC_JWKS_URL: z.url().optional(),
    OIDC_ALGORITHMS: list(tokenAlgorithms).default(['RS256', 'ES256']),
    OIDC_ROLES_CLAIM: z.string().default('cairn_roles'),
    OIDC_NAME_CLAIM: z.string().default('email'),
    PERSISTED_OPERATIONS: z.string().optional(),
    PERSISTED_OPERATIONS_ONLY: flag.default(false),
    RATE_LIMIT_WITH_KEY: count.optional(),
    RATE_LIMIT_ANONYMOUS: count.optional(),
    METRICS_ADDRESS: metricsAddress,
    ...traceVariables,
    REQUESTS_UNDER_WAY: count.min(1).default(64),
    REQUEST_DEADLINE_MS: count.min(1).default(30_000),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  .strip()
  .refine((given) => !given.PERSISTED_OPERATIONS_ONLY || given.PERSISTED_OPERATIONS !== undefined, {
    path: ['PERSISTED_OPERATIONS'],
    message: 'must name the file of operations if only those are to be run',
  })
  .refine((given) => (given.OIDC_ISSUER === undefined) === (given.OIDC_AUDIENCE === undefined), {
    path: ['OIDC_AUDIENCE'],
    message: 'goes with OIDC_ISSUER: set both or neither',
  });

export interface GatewayConfig {
  /** "host:port" to listen on. */
  readonly address: string;
  readonly knowledgeAddress: string;
  readonly inferenceAddress: string;
  /** In production anonymous callers cannot read the schema. */
  readonly production: boolean;
  /** Whether /graphql opens an IDE in a browser. */
  readonly ide: boolean;
  /** "host:port"; absent: nothing is counted. */
  readonly metricsAddress?: string;
  /** GraphQL requests worked on at the same time; more are refused with a time to come back. */
  readonly requestsUnderWay: number;
  /** Time that a request may take, with all its calls; those that are long by nature have more. */
  readonly requestMs: number;
  /** Absent: no traces. */
  readonly traces?: TraceSettings;
  readonly logLevel: string;
  /** Operations that clients name by their hash; absent: none. */
  readonly persisted?: PersistedSettings;
  /** Absent: keys only. */
  readonly tokens?: TokenSettings;
  /** Cost units a minute, each key and each address; an operation costs the fields it may resolve. 0: no limit. */
  readonly rateLimits: { readonly withKey: number; readonly anonymous: number };
}

/** In production; elsewhere there is no limit unless one is set. */
const productionRates = { withKey: 20_000_000, anonymous: 1_000_000 };

/** @throws ConfigurationError naming every variable that is wrong */
export function readGatewayConfig(environment: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const read = readEnvironment(schema, environment);
  const production = read.NODE_ENV === 'production';
  return {
    address: read.GATEWAY_ADDRESS,
    knowledgeAddress: read.KNOWLEDGE_ADDRESS,
    inferenceAddress: read.INFERENCE_ADDRESS,
    production,
    ide: read.GRAPHQL_IDE ?? !production,
    metricsAddress: read.METRICS_ADDRESS,
    requestsUnderWay: read.REQUESTS_UNDER_WAY,
    requestMs: read.REQUEST_DEADLINE_MS,
    traces: toTraceSettings(read),
    logLevel: read.LOG_LEVEL,
    tokens:
      read.OIDC_ISSUER === undefined
        ? undefined
        : {
            issuer: read.OIDC_ISSUER,
            audience: read.OIDC_AUDIENCE as string,
            jwksUrl: read.OIDC_JWKS_URL,
            algorithms: read.OIDC_ALGORITHMS,
            rolesClaim: read.OIDC_ROLES_CLAIM,
            nameClaim: read.OIDC_NAME_CLAIM,
          },
    persisted: read.PERSISTED_OPERATIONS
      ? { path: read.PERSISTED_OPERATIONS, only: read.PERSISTED_OPERATIONS_ONLY }
      : undefined,
    rateLimits: {
      withKey: read.RATE_LIMIT_WITH_KEY ?? (production ? productionRates.withKey : 0),
      anonymous: read.RATE_LIMIT_ANONYMOUS ?? (production ? productionRates.anonymous : 0),
    },
  };
}
