import { address, readEnvironment } from '@cairn/service-kit';
import { z } from 'zod';

const schema = z.object({
  KNOWLEDGE_ROLE: z.enum(['api', 'worker']).default('api'),
  KNOWLEDGE_ADDRESS: address.default('127.0.0.1:50053'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .default('postgres://postgres@127.0.0.1:50432/postgres'),
  DATABASE_KIND: z.enum(['embedded', 'postgres']).default('embedded'),
  INFERENCE_ADDRESS: address.default('127.0.0.1:50051'),
  CLUSTERING_ADDRESS: address.default('127.0.0.1:50052'),
  BOOTSTRAP_KEY_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface KnowledgeConfiguration {
  /** `api` answers calls, `worker` runs jobs. */
  readonly role: 'api' | 'worker';
  /** "host:port" the api listens on. */
  readonly address: string;
  readonly databaseUrl: string;
  /** What stands behind the URL: PGlite behind a socket, or PostgreSQL. */
  readonly databaseKind: 'embedded' | 'postgres';
  readonly inferenceAddress: string;
  readonly clusteringAddress: string;
  /** Where the first admin key is written; absent: printed once. */
  readonly bootstrapKeyFile?: string;
  readonly logLevel: string;
}

/** @throws ConfigurationError naming every variable that is wrong */
export function readKnowledgeConfiguration(): KnowledgeConfiguration {
  const given = readEnvironment(schema, process.env);
  return {
    role: given.KNOWLEDGE_ROLE,
    address: given.KNOWLEDGE_ADDRESS,
    databaseUrl: given.DATABASE_URL,
    databaseKind: given.DATABASE_KIND,
    inferenceAddress: given.INFERENCE_ADDRESS,
    clusteringAddress: given.CLUSTERING_ADDRESS,
    bootstrapKeyFile: given.BOOTSTRAP_KEY_FILE,
    logLevel: given.LOG_LEVEL,
  };
}
