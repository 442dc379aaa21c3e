import type { Logger } from '@cairn/service-kit';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import { trace } from '@opentelemetry/api';
import type { OperationDefinitionNode } from 'graphql';
import { formatError, isOpen } from '../errors/format-error.js';
import { checkOperation } from './operation-limits.js';

/** As Nest's driver has it: Apollo's own types exist twice, for modules of both kinds. */
export type ApolloPlugin = NonNullable<ApolloDriverConfig['plugins']>[number];

/** The stages of an HTTP request inside Apollo: limits before the work, the last look at errors after it. */
export function operationPlugin(production: boolean, logger: Logger): ApolloPlugin {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ schema, document, operation, request, contextValue }) => {
          const { variables } = request;
          const operationName = request.operationName ?? undefined;
          const error = checkOperation({ schema, document, variables, operationName }, contextValue, production);
          if (error !== undefined) throw error;
          describe(operation);
          if (operation?.operation === 'mutation') contextValue.finishWithoutClient();
          return Promise.resolve();
        },
        didEncounterErrors: ({ errors, contextValue }) => {
          for (const error of errors)
            if (error.path !== undefined && !isOpen(error))
              logger.error({ requestId: contextValue.requestId, path: error.path, err: error }, 'unexpected error');
          return Promise.resolve();
        },
        willSendResponse: ({ response, contextValue }) => {
          if (response.body.kind === 'single' && response.body.singleResult.errors !== undefined)
            response.body.singleResult.errors = response.body.singleResult.errors.map((error) =>
              formatError(error, contextValue.requestId),
            );
          return Promise.resolve();
        },
      }),
  };
}

/** In the span of the request, what is asked. */
function describe(operation: OperationDefinitionNode | null | undefined): void {
  const attributes = {
    'graphql.operation.type': operation?.operation,
    'graphql.operation.name': operation?.name?.value,
  };
  trace.getActiveSpan()?.setAttributes(attributes);
}
