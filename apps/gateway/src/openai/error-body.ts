/** The table from errors to those of the OpenAI API. */
import type { Fault } from '../errors/fault.js';

interface Row {
  readonly type: string;
  readonly code: string | null;
}

const invalid: Row = { type: 'invalid_request_error', code: null };
const server: Row = { type: 'server_error', code: null };

/** By code; what is not here is the caller's fault. */
const rows: Readonly<Record<string, Row>> = {
  NOT_FOUND: { ...invalid, code: 'unknown_url' },
  UNAUTHENTICATED: { ...invalid, code: 'invalid_api_key' },
  FORBIDDEN: { type: 'request_forbidden', code: 'forbidden' },
  PAYLOAD_TOO_LARGE: { ...invalid, code: 'request_too_large' },
  OVERLOADED: { type: 'overloaded', code: 'rate_limit_exceeded' },
  UNAVAILABLE: { ...server, code: 'service_unavailable' },
  DEADLINE_EXCEEDED: { ...server, code: 'timeout' },
  INTERNAL: { ...server, code: 'internal_error' },
};

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: { message: string; type: string; param: string | null; code: string | null } };
}

/** A fault as `{ error: { message, type, param, code } }`, with when to come back where that is known. */
export function errorAnswer({ status, code, message, field, retryAfterMs }: Fault): ErrorAnswer {
  const param = field === undefined ? null : parameter(field);
  const row = rows[code] ?? invalid;
  const isModel = code === 'NOT_FOUND' && param === 'model';
  return {
    status,
    headers: retryAfterMs === undefined ? {} : retryHeaders(retryAfterMs),
    body: { error: { message, type: row.type, param, code: isModel ? 'model_not_found' : row.code } },
  };
}

/** Seconds are the standard; OpenAI's clients look for milliseconds first. */
const retryHeaders = (ms: number): Record<string, string> => ({
  'retry-after': String(Math.max(1, Math.ceil(ms / 1000))),
  'retry-after-ms': String(ms),
});

/** Fields of inference as the parameters that were sent: "options.model" is `model`, "texts.3" is `input`. */
function parameter(field: string): string {
  const [name] = field.replace(/^options\./, '').split('.');
  return name === 'texts' ? 'input' : name;
}
