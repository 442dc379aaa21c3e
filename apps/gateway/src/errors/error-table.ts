/** The one table from domain errors to GraphQL. */
import { DomainError, type DomainErrorCode } from '@cairn/contracts';
import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { UserErrorCode, type UserError } from '../schema/user-error.js';

interface Row {
  /** In a mutation: what the caller can put right goes into `userErrors`, the rest is a top-level error. */
  readonly userError?: UserErrorCode;
  /** HTTP status where the error stops the whole request, before any field ran. */
  readonly httpStatus: number;
}

export const errorTable: Record<DomainErrorCode, Row> = {
  NOT_FOUND: { userError: UserErrorCode.NOT_FOUND, httpStatus: 404 },
  INVALID_INPUT: { userError: UserErrorCode.INVALID_INPUT, httpStatus: 400 },
  CONFLICT: { userError: UserErrorCode.CONFLICT, httpStatus: 409 },
  UNAUTHENTICATED: { httpStatus: 401 },
  FORBIDDEN: { httpStatus: 403 },
  OVERLOADED: { httpStatus: 429 },
  UNAVAILABLE: { httpStatus: 503 },
  DEADLINE_EXCEEDED: { httpStatus: 504 },
  CANCELLED: { httpStatus: 499 },
  INTERNAL: { httpStatus: 500 },
};

/** What a caller is told of an unexpected error: where to find it in the logs, and nothing else. */
export const internalMessage = (requestId: string) => `Something went wrong on our side (request ${requestId}).`;

/** Field names of protobuf ("expected_version", "options.model") as GraphQL has them ("expectedVersion", "model"). */
const fieldName = (field: string) =>
  field.replace(/^options\./, '').replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** The entry of `userErrors` for a thrown value, or undefined if it belongs to the top-level errors. */
export function toUserError(thrown: unknown): UserError | undefined {
  if (!(thrown instanceof DomainError)) return undefined;
  const code = errorTable[thrown.code].userError;
  if (code === undefined) return undefined;
  const { field, currentVersion } = thrown.details;
  return { code, message: thrown.message, field: field === undefined ? undefined : fieldName(field), currentVersion };
}

/** A thrown value as a top-level error with its code; unexpected values become INTERNAL and keep their secrets. */
export function toGraphQLError(thrown: unknown, requestId: string): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  if (!(thrown instanceof DomainError) || thrown.code === 'INTERNAL')
    return new GraphQLError(internalMessage(requestId), {
      extensions: { code: 'INTERNAL', requestId },
      originalError: thrown instanceof Error ? thrown : undefined,
    });
  const { field, retryAfterMs } = thrown.details;
  const extensions: GraphQLErrorExtensions = { code: thrown.code, requestId };
  if (field !== undefined) extensions.field = fieldName(field);
  if (retryAfterMs !== undefined) extensions.retryAfterMs = retryAfterMs;
  return new GraphQLError(thrown.message, { extensions });
}

/** The same, for an error that stops the whole request: it also decides the HTTP status. */
export function toRequestError(thrown: unknown, requestId: string): GraphQLError {
  const error = toGraphQLError(thrown, requestId);
  const row = errorTable[error.extensions.code as DomainErrorCode] as Row | undefined;
  const { retryAfterMs } = error.extensions;
  error.extensions.http ??= {
    status: row?.httpStatus ?? 500,
    ...(typeof retryAfterMs === 'number' && {
      headers: new HeaderMap([['retry-after', String(Math.ceil(retryAfterMs / 1000))]]),
    }),
  };
  return error;
}
