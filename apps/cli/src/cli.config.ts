import { z } from 'zod';
import { address, count, readEnvironment } from '@cairn/service-kit/environment';

const schema = z.object({
  CAIRN_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:4000/graphql'),
  CAIRN_KEY: z.string().optional(),
  CAIRN_SPACE: z.string().optional(),
  CAIRN_DATA: z.string().default('.cairn'),
  DATABASE_URL: z.string().optional(),
  INFERENCE_ADDRESS: address.optional(),
  CLUSTERING_ADDRESS: address.optional(),
  KNOWLEDGE_ADDRESS: address.optional(),
  GATEWAY_ADDRESS: address.optional(),
  /** Processes that run jobs. */
  CAIRN_WORKERS: count.min(1).max(16).default(1),
  EMBEDDED_PORT: count.max(65_535).optional(),
});

/** What the environment tells the command; options given on the command line come before it. */
export type CliConfig = z.infer<typeof schema>;

export const readCliConfig = (): CliConfig => readEnvironment(schema, process.env);

/** The environment the services inherit. */
export const inheritedEnvironment = (): NodeJS.ProcessEnv => process.env;
