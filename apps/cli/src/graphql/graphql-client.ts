import { CommandFailure, exitCode, type ExitCode } from '../exit-code.js';

/** Why the server did not do something, as it says. */
export interface UserError {
  readonly code: string;
  readonly field?: string | null;
  readonly message: string;
}

interface GraphqlError {
  readonly message: string;
  readonly extensions?: {
    readonly code?: string;
    readonly field?: string;
    readonly retryAfterMs?: number;
  };
}

/** Longest time one request may take. Long work is a job, not a request; what takes longer says so. */
const requestTimeoutMs = 120_000;
/** Times a request is sent again when the server has too much to do. */
const overloadRetries = 6;

const codeToExit: Readonly<Record<string, ExitCode>> = {
  INVALID_INPUT: exitCode.usage,
  UNAUTHENTICATED: exitCode.denied,
  FORBIDDEN: exitCode.denied,
  OVERLOADED: exitCode.unreachable,
  UNAVAILABLE: exitCode.unreachable,
  DEADLINE_EXCEEDED: exitCode.unreachable,
};

/** The GraphQL API of one Cairn, with one key, in one space. */
export class GraphqlClient {
  constructor(
    readonly url: string,
    readonly key?: string,
    readonly space?: string,
  ) {}

  /**
   * Runs one operation.
   * @throws CommandFailure with what the server says, or that it cannot be reached
   */
  async request<T>(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    timeoutMs = requestTimeoutMs,
  ): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const { data, errors } = await this.post<T>(query, variables, timeoutMs);
      if (errors === undefined || errors.length === 0) return data as T;
      const { message, extensions = {} } = errors[0];
      if (extensions.code === 'OVERLOADED' && attempt < overloadRetries) {
        await new Promise((resolve) => setTimeout(resolve, extensions.retryAfterMs ?? 500 * 2 ** attempt));
        continue;
      }
      throw this.failure(extensions.code ?? 'INTERNAL', message, extensions.field);
    }
  }

  /**
   * Runs one mutation and returns its payload.
   * @param field name of the mutation in `query`
   * @throws CommandFailure with the first of its userErrors
   */
  async mutate<P extends { userErrors: readonly UserError[] }>(
    query: string,
    field: string,
    variables: Readonly<Record<string, unknown>>,
    timeoutMs?: number,
  ): Promise<P> {
    const payload = (await this.request<Record<string, P>>(query, variables, timeoutMs))[field];
    const [error] = payload.userErrors;
    if (error !== undefined) throw this.failure(error.code, error.message, error.field ?? undefined);
    return payload;
  }

  private failure(code: string, message: string, field?: string): CommandFailure {
    const hint =
      code === 'UNAUTHENTICATED' || code === 'FORBIDDEN'
        ? this.key === undefined
          ? ' Give a key with --key or CAIRN_KEY; that of a local stack lies in .cairn/admin.key.'
          : ' Check the key given with --key or CAIRN_KEY.'
        : '';
    return new CommandFailure(codeToExit[code] ?? exitCode.failed, `${message}${hint}`, { code, field });
  }

  private async post<T>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    timeoutMs: number,
  ): Promise<{ data?: T | null; errors?: readonly GraphqlError[] }> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          ...(this.space !== undefined && { 'x-cairn-space': this.space }),
          ...(this.key !== undefined && { authorization: `Bearer ${this.key}` }),
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (error) {
      throw unreachable(this.url, error as Error);
    }
    try {
      const body = JSON.parse(text) as { data?: T | null; errors?: readonly GraphqlError[] };
      if (typeof body === 'object' && body !== null && ('data' in body || 'errors' in body)) return body;
    } catch {
      // Not JSON: told below with the status.
    }
    throw new CommandFailure(
      response.status === 401 || response.status === 403 ? exitCode.denied : exitCode.unreachable,
      `${this.url} answered ${response.status} ${response.statusText}, not as a Cairn gateway does. Check --url; it ends in /graphql.`,
    );
  }
}

function unreachable(url: string, error: Error): CommandFailure {
  const { code, message } = (error.cause ?? {}) as Partial<NodeJS.ErrnoException>;
  const cause = code ?? message ?? error.name;
  const late = cause === 'TimeoutError';
  const what = late ? 'did not answer in time' : `cannot be reached (${cause})`;
  return new CommandFailure(
    exitCode.unreachable,
    `${url} ${what}. Start Cairn with cairn start, or give its address with --url or CAIRN_URL.`,
    { code: late ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE' },
  );
}
