import { resolve } from 'node:path';
import { count, readEnvironment } from '@cairn/service-kit';
import { z } from 'zod';

const schema = z.object({
  EMBEDDED_DATA: z.string({ error: 'must name the data directory' }),
  EMBEDDED_PORT: count.pipe(z.number().max(65_535)).default(50432),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface EmbeddedConfiguration {
  /** Absolute path of the data directory: the lock, and below `pgdata` the database. */
  readonly folder: string;
  /** On loopback. */
  readonly port: number;
  readonly logLevel: string;
}

/** @throws ConfigurationError naming every variable that is wrong */
export function readEmbeddedConfiguration(): EmbeddedConfiguration {
  const given = readEnvironment(schema, process.env);
  return { folder: resolve(given.EMBEDDED_DATA), port: given.EMBEDDED_PORT, logLevel: given.LOG_LEVEL };
}
