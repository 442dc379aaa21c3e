/** What a service said of an error. */
export interface ErrorEntry {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: {
    readonly code?: string;
    readonly field?: string;
    readonly requestId?: string;
    readonly retryAfterMs?: number;
  };
}

/** Codes of Cairn's errors; others may be added, so treat unknown ones as INTERNAL. */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'INVALID_INPUT'
  | 'CONFLICT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'OVERLOADED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL'
  | (string & {});

/** A request that was not done, or not done whole. */
export class CairnError extends Error {
  override readonly name = 'CairnError';
  /** The argument that is wrong, where one is. */
  readonly field?: string;
  /** Under which the services' logs have it. */
  readonly requestId?: string;
  /** After which to come back, where that helps. */
  readonly retryAfterMs?: number;
  /** All errors of the answer. */
  readonly errors: readonly ErrorEntry[];
  /** What could be answered all the same. */
  readonly data?: unknown;

  constructor(
    readonly code: ErrorCode,
    message: string,
    more: { cause?: unknown; errors?: readonly ErrorEntry[]; data?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.errors = more.errors ?? [];
    this.data = more.data;
    const { field, requestId, retryAfterMs } = this.errors[0]?.extensions ?? {};
    Object.assign(this, { field, requestId, retryAfterMs });
  }

  static of(errors: readonly ErrorEntry[], data?: unknown): CairnError {
    const [first] = errors;
    return new CairnError(first.extensions?.code ?? 'INTERNAL', first.message, { errors, data });
  }
}
