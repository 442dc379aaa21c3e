import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError } from '@cairn/contracts';
import type { Logger } from '@cairn/service-kit';
import { GraphQLError, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { toGraphQLError } from '../errors/error-table.js';
import { formatError, withCode } from '../errors/format-error.js';
import type { PersistedOperations } from '../limits/persisted-operations.js';
import { limits } from '../limits/limits.js';
import { checkOperation } from '../limits/operation-limits.js';
import { illFormedText } from '../request/json-body.js';
import type { GatewayContext } from '../request/gateway-context.js';

export interface WebSocketOptions {
  readonly path: string;
  readonly schema: GraphQLSchema;
  readonly production: boolean;
  readonly persisted?: PersistedOperations;
  readonly logger: Logger;
  /** The context of an operation over a connection with these parameters; throws if its key is refused. */
  contextOf(
    parameters: Readonly<Record<string, unknown>> | undefined,
    headers: NodeJS.Dict<string | string[]>,
    address: string,
    clientLeft: AbortSignal,
  ): Promise<GatewayContext>;
}

/** Close codes of graphql-transport-ws and of RFC 6455. */
const closeCodes = { forbidden: 4403, tryAgainLater: 1013, goingAway: 1001 };

/** Time clients have to say goodbye. */
const goodbyeMs = 1000;

/**
 * Serves graphql-transport-ws on the HTTP server: the same schema, limits and errors as over HTTP.
 * @returns how to stop: clients are told to go and, if they do not, are cut off
 */
export function serveWebSocket(server: Server, options: WebSocketOptions): { stop(): Promise<void> } {
  const { path, schema, production, persisted, logger } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes });
  const leave = new AbortController();
  const requestIds = new WeakMap<WebSocket, Map<string, string>>();
  const remember = (socket: WebSocket, id: string, requestId: string) => {
    const known = requestIds.get(socket) ?? new Map<string, string>();
    requestIds.set(socket, known.set(id, requestId));
  };

  server.on('upgrade', (request, socket: Duplex, head) => {
    if (request.url?.split('?')[0] !== path) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
  });

  useServer<Record<string, unknown>, { socket: WebSocket; request: IncomingMessage }>(
    {
      schema,
      onConnect: async (connection) => {
        const { extra } = connection;
        try {
          await options.contextOf(connection.connectionParams, extra.request.headers, addressOf(extra), leave.signal);
          return true;
        } catch (thrown) {
          const code = thrown instanceof DomainError ? thrown.code : 'INTERNAL';
          if (code === 'INTERNAL') logger.error({ err: thrown }, 'unexpected error');
          const refused = code === 'UNAUTHENTICATED' || code === 'FORBIDDEN';
          extra.socket.close(refused ? closeCodes.forbidden : closeCodes.tryAgainLater, code);
          return true;
        }
      },
      onSubscribe: async ({ connectionParams, extra }, id, { query: asked, operationName, variables, extensions }) => {
        let context: GatewayContext;
        const left = new AbortController();
        extra.socket.once('close', () => left.abort());
        try {
          context = await options.contextOf(connectionParams, extra.request.headers, addressOf(extra), left.signal);
        } catch (thrown) {
          return [toGraphQLError(thrown, id)];
        }
        remember(extra.socket, id, context.requestId);
        const illFormed = illFormedText(variables);
        if (illFormed !== undefined)
          return [
            toGraphQLError(
              DomainError.invalid(
                illFormed.join('.'),
                'The text holds half of a surrogate pair, which is no character.',
              ),
              context.requestId,
            ),
          ];
        try {
          const query = persisted === undefined ? asked : persisted.resolve({ query: asked, extensions });
          const document = parse(query as string, { maxTokens: limits.tokens });
          const errors = validate(schema, document, specifiedRules);
          if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
          const operation = { schema, document, operationName: operationName ?? undefined, variables: variables ?? {} };
          const refusal = checkOperation(operation, context, production);
          if (refusal !== undefined) return [refusal];
          return { schema, document, operationName, variableValues: variables, contextValue: context };
        } catch (thrown) {
          if (thrown instanceof GraphQLError) return [withCode(thrown, 'GRAPHQL_PARSE_FAILED')];
          throw thrown;
        }
      },
      onNext: ({ extra }, id, _payload, _args, result) => {
        if (result.errors === undefined) return undefined;
        const requestId = requestIds.get(extra.socket)?.get(id) ?? id;
        return { ...result, errors: result.errors.map((error) => formatError(toJson(error), requestId)) };
      },
      onError: ({ extra }, id, _payload, errors) => {
        const requestId = requestIds.get(extra.socket)?.get(id) ?? id;
        return errors.map((error) => {
          const told = error.originalError ? toGraphQLError(error.originalError, requestId) : error;
          return formatError(toJson(told), requestId);
        });
      },
      onComplete: ({ extra }, id) => {
        requestIds.get(extra.socket)?.delete(id);
      },
    },
    sockets,
  );

  return {
    stop: async () => {
      leave.abort();
      for (const client of sockets.clients) client.close(closeCodes.goingAway, 'The gateway is stopping.');
      const deadline = setTimeout(() => sockets.clients.forEach((client) => client.terminate()), goodbyeMs);
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      clearTimeout(deadline);
    },
  };
}

const addressOf = ({ request }: { request: IncomingMessage }) => request.socket.remoteAddress ?? '';

const toJson = (error: unknown) => (error instanceof GraphQLError ? error.toJSON() : (error as GraphQLError));
