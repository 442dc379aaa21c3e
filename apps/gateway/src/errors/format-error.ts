import { domainErrorCodes } from '@cairn/contracts';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { internalMessage } from './error-table.js';

/** Codes that callers may see as they are: ours, those of the limits, and Apollo's for faulty requests. */
const openCodes: ReadonlySet<unknown> = new Set([
  ...domainErrorCodes,
  'QUERY_TOO_DEEP',
  'TOO_MANY_ALIASES',
  'TOO_MANY_FIELDS',
  'QUERY_TOO_COMPLEX',
  'INTROSPECTION_DISABLED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_OPERATION_REQUIRED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
]);

/** Whether an error tells its caller nothing but what is theirs to know. */
export const isOpen = (error: GraphQLFormattedError): boolean => openCodes.has(error.extensions?.code);

/** The last gate: an error whose code is not known becomes INTERNAL with a request id and nothing else. */
export function formatError(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  if (isOpen(error)) {
    const { stacktrace: _stacktrace, http: _http, ...extensions } = error.extensions ?? {};
    return { ...error, extensions };
  }
  return { message: internalMessage(requestId), path: error.path, extensions: { code: 'INTERNAL', requestId } };
}

/**
 * Apollo's own formatting, where the request id is not known: hides what is not open. The code stays Apollo's, so that
 * the last gate recognises it.
 */
export const formatUnexpected = (error: GraphQLFormattedError): GraphQLFormattedError =>
  isOpen(error)
    ? error
    : { message: 'Something went wrong on our side.', path: error.path, extensions: { code: 'INTERNAL_SERVER_ERROR' } };

/** Errors of graphql-js outside Apollo carry no code where a request is at fault. */
export function withCode(error: GraphQLError, code: string): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  error.extensions.code = code;
  return error;
}
