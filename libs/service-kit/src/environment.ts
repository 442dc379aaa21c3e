import { z } from 'zod';

/** A configuration that cannot be used; the message lists every fault, one a line. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/**
 * Reads an app's configuration from the environment, once, at start. Empty variables count as absent.
 * @throws ConfigurationError naming every variable that is wrong, not only the first
 */
export function readEnvironment<S extends z.ZodObject>(schema: S, environment: NodeJS.ProcessEnv): z.infer<S> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigurationError(`The configuration is wrong:\n${faults.join('\n')}`);
}

/** "host:port" to listen on or to call. */
export const address = z.string().regex(/^[^\s:]+:\d+$/, 'must be "host:port"');

/** Where GET /metrics and /healthz are served, "127.0.0.1:9464"; "off": nowhere, and nothing is counted. */
export const metricsAddress = z
  .string()
  .regex(/^(off|[^\s:]+:\d+)$/, 'must be "host:port" or "off"')
  .default('off')
  .transform((given) => (given === 'off' ? undefined : given));

/** A number given as text. */
export const count = z.coerce.number().int().min(0);

/** "true" or "false". */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
