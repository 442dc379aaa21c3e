import { address, flag, readEnvironment } from '@cairn/service-kit';
import { z } from 'zod';

const schema = z
  .object({
    GATEWAY_ADDRESS: address.default('127.0.0.1:4000'),
    KNOWLEDGE_ADDRESS: address.default('127.0.0.1:50053'),
    INFERENCE_ADDRESS: address.default('127.0.0.1:50051'),
    NODE_ENV: z.string().default('development'),
    GRAPHQL_IDE: flag.optional(),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  .strip();

export interface GatewayConfig {
  /** "host:port" to listen on. */
  readonly address: string;
  readonly knowledgeAddress: string;
  readonly inferenceAddress: string;
  /** In production anonymous callers cannot read the schema. */
  readonly production: boolean;
  /** Whether /graphql opens an IDE in a browser. */
  readonly ide: boolean;
  readonly logLevel: string;
}

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
    logLevel: read.LOG_LEVEL,
  };
}
