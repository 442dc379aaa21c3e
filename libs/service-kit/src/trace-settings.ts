import { z } from 'zod';
import { flag } from './environment.js';

const url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });
const headers = z
  .string()
  .regex(/^\s*[^=,\s]+\s*=[^,]*(,\s*[^=,\s]+\s*=[^,]*)*$/, 'must be like name=value,other=value');
const protocol = z.literal('http/json', 'must be http/json: other protocols are not spoken');

/**
 * The standard OpenTelemetry variables, for the schema of an app's configuration. Here they are checked, so that a
 * mistake is told at the start; the SDK reads them itself.
 */
export const traceVariables = {
  OTEL_SDK_DISABLED: flag.optional(),
  /** Where traces go; with an endpoint given "otlp", otherwise "none". */
  OTEL_TRACES_EXPORTER: z.enum(['none', 'otlp', 'console']).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol.optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headers.optional(),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers.optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number('must be a share, 0 to 1').min(0).max(1).optional(),
};

export interface TraceSettings {
  readonly exporter: 'otlp' | 'console';
}

type Given = z.infer<z.ZodObject<typeof traceVariables>>;

/** @returns undefined where no traces are wanted, which is so unless an exporter or an endpoint is given */
export function toTraceSettings(given: Given): TraceSettings | undefined {
  const endpoint = given.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? given.OTEL_EXPORTER_OTLP_ENDPOINT;
  const exporter = given.OTEL_TRACES_EXPORTER ?? (endpoint === undefined ? 'none' : 'otlp');
  return given.OTEL_SDK_DISABLED === true || exporter === 'none' ? undefined : { exporter };
}
