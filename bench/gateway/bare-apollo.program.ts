/** The peer: Apollo's server on Fastify with one field, nothing else. Port in PORT. */
import { ApolloServer } from '@apollo/server';
import { createRequire } from 'node:module';
import { fastify } from 'fastify';

// Its default export is found in different places by the compiler's types and by Node.
const { default: fastifyApollo } = createRequire(__filename)('@as-integrations/fastify') as {
  default: typeof import('@as-integrations/fastify').default;
};

async function main(): Promise<void> {
  const apollo = new ApolloServer({
    typeDefs: 'type Query { hello: String! }',
    resolvers: { Query: { hello: () => 'world' } },
  });
  await apollo.start();
  const app = fastify();
  await app.register(fastifyApollo(apollo));
  await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
  process.send?.({ type: 'ready' });
}

process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
void main();
