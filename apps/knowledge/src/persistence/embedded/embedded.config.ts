import { resolve } from 'node:path';
import { count, readEnvironment } from '@cairn/service-kit';
import { z } from 'zod';

const schema = z.object({
  EMBEDDED_DATA: z.string({ error: 'must name the data directory' }),
  EMBEDDED_TEMPLATE: z.string().optional(),
  EMBEDDED_PORT: count.pipe(z.number().max(65_535)).default(50432),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface EmbeddedConfiguration {
  /** Absolute path of the data directory: the lock, and below `pgdata` the database. */
  readonly folder: string;
  /**
   * Absolute path of a complete data directory that nobody has open: an empty one begins as its copy, which takes a tenth of
   * the time of making a database. For tests, which need dozens.
   */
  readonly template: string | undefined;
  /** On loopback. */
  readonly port: number;
  readonly logLevel: string;
}

/** @throws ConfigurationError naming every variable that is wrong */
export function readEmbeddedConfiguration(): EmbeddedConfiguration {
  const given = readEnvironment(schema, process.env);
  return {
    folder: resolve(given.EMBEDDED_DATA),
    template: given.EMBEDDED_TEMPLATE ? resolve(given.EMBEDDED_TEMPLATE) : undefined,
    port: given.EMBEDDED_PORT,
    logLevel: given.LOG_LEVEL,
  };
}
