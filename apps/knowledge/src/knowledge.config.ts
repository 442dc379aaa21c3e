import {
  address,
  metricsAddress,
  readEnvironment,
  toTraceSettings,
  traceVariables,
  type TraceSettings,
} from '@cairn/service-kit';
import { z } from 'zod';
import { jobKinds } from './jobs/job-record.js';

const place = `(${jobKinds.join('|')})=\\d{1,3}`;

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
  JOB_PLACES: z
    .string()
    .regex(
      new RegExp(`^(${place}(,${place})*)?$`),
      `must be like embed=2,classify=1; the kinds are ${jobKinds.join(', ')}`,
    )
    .default(''),
  BOOTSTRAP_KEY_FILE: z.string().optional(),
  METRICS_ADDRESS: metricsAddress,
  ...traceVariables,
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
  /** How many jobs of a kind may run at the same time, over all workers; one of each where nothing is said. */
  readonly jobPlaces: Readonly<Record<string, number>>;
  /** Where the first admin key is written; absent: printed once. */
  readonly bootstrapKeyFile?: string;
  /** "host:port"; absent: nothing is counted. */
  readonly metricsAddress?: string;
  /** Absent: no traces. */
  readonly traces?: TraceSettings;
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
    jobPlaces: Object.fromEntries(
      given.JOB_PLACES.split(',')
        .filter((part) => part !== '')
        .map((part) => part.split('='))
        .map(([kind, places]) => [kind, Number(places)]),
    ),
    bootstrapKeyFile: given.BOOTSTRAP_KEY_FILE,
    metricsAddress: given.METRICS_ADDRESS,
    traces: toTraceSettings(given),
    logLevel: given.LOG_LEVEL,
  };
}
