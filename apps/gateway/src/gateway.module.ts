import {
  createInferenceClient,
  createKnowledgeClients,
  type InferenceClient,
  type KnowledgeClients,
} from '@cairn/contracts';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { Logger } from '@cairn/service-kit';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { guardFields } from './auth/guard-fields.js';
import { KeyVerifier } from './auth/key-verifier.js';
import { SignIn } from './auth/sign-in.js';
import { SpaceFinder } from './auth/space-finder.js';
import { TokenVerifier } from './auth/token-verifier.js';
import { formatUnexpected } from './errors/format-error.js';
import type { GatewayConfig } from './gateway.config.js';
import { limits } from './limits/limits.js';
import { RateLimiter } from './limits/rate-limit.js';
import { operationPlugin, type ApolloPlugin } from './limits/operation-plugin.js';
import { ContextFactory } from './request/context-factory.js';
import { inferenceToken, knowledgeToken } from './request/services.js';
import { resolvers } from './resolvers/all-resolvers.js';
import { describeSchema } from './schema/build-schema.js';

/** Where GraphQL is served, over HTTP and WebSocket. */
export const graphqlPath = '/graphql';

/** The clients of the services behind the gateway, closed with it. */
@Module({})
class ServicesModule implements OnApplicationShutdown {
  constructor(
    @Inject(knowledgeToken) private readonly knowledge: KnowledgeClients,
    @Inject(inferenceToken) private readonly inference: InferenceClient,
  ) {}

  onApplicationShutdown(): void {
    this.knowledge.close();
    this.inference.close();
  }

  static forConfig(config: GatewayConfig): DynamicModule {
    const { knowledgeAddress, inferenceAddress, tokens, rateLimits, requestMs } = config;
    return {
      module: ServicesModule,
      global: true,
      providers: [
        { provide: knowledgeToken, useFactory: () => createKnowledgeClients(knowledgeAddress) },
        { provide: inferenceToken, useFactory: () => createInferenceClient(inferenceAddress) },
        {
          provide: ContextFactory,
          inject: [knowledgeToken],
          useFactory: (knowledge: KnowledgeClients) => {
            const failures = new RateLimiter({ perMinute: limits.refusedKeysPerMinute });
            const verifier = tokens && new TokenVerifier(tokens);
            const signIn = new SignIn(new KeyVerifier(knowledge.access), verifier, failures);
            const rates = {
              withKey: new RateLimiter({ perMinute: rateLimits.withKey }),
              anonymous: new RateLimiter({ perMinute: rateLimits.anonymous }),
            };
            return new ContextFactory(knowledge, signIn, new SpaceFinder(knowledge.access), rates, requestMs);
          },
        },
      ],
      exports: [knowledgeToken, inferenceToken, ContextFactory],
    };
  }
}

@Module({})
export class GatewayModule {
  static create(config: GatewayConfig, logger: Logger): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        ServicesModule.forConfig(config),
        GraphQLModule.forRootAsync<ApolloDriverConfig>({
          driver: ApolloDriver,
          inject: [ContextFactory],
          useFactory: (contexts: ContextFactory) => apolloOptions(contexts, config, logger),
        }),
      ],
      providers: resolvers,
    };
  }
}

function apolloOptions(contexts: ContextFactory, config: GatewayConfig, logger: Logger): ApolloDriverConfig {
  return {
    path: graphqlPath,
    autoSchemaFile: true,
    sortSchema: true,
    transformSchema: (schema) => guardFields(describeSchema(schema), logger),
    context: (request: FastifyRequest, reply: FastifyReply) => contexts.ofRequest(request, reply),
    // Cache control would wrap the resolver of every field, of every row.
    plugins: [operationPlugin(config.production, logger), ApolloServerPluginCacheControlDisabled() as ApolloPlugin],
    stringifyResult: JSON.stringify,
    formatError: formatUnexpected,
    logger,
    parseOptions: { maxTokens: limits.tokens },
    // Who may read the schema, the operation limits decide.
    introspection: true,
    hideSchemaDetailsFromClientErrors: config.production,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    autoTransformHttpErrors: false,
    graphiql: false,
  };
}
