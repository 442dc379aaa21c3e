import type { FastifyInstance } from 'fastify';
import { ruruHTML, type RuruClientConfig } from 'ruru/server';
import { getStaticFile } from 'ruru/static';

const staticPath = '/ide/';

const firstQuery = `# Cairn: press Ctrl-Enter. Ctrl-Space completes; the book on the left is the schema.
# Changes need a key: { "x-cairn-key": "..." } under Headers.
query FirstQuestion {
  ask(text: "why do transformers need positional encoding?") {
    unknown
    confidence
    topic {
      title
    }
    answers {
      similarity
      answer {
        body
        question {
          text
        }
      }
    }
  }
}
`;

/** Browsers enforce what we say: the IDE loads nothing from elsewhere. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self' ws: wss:",
].join('; ');

/** A GraphQL IDE for browsers that open /graphql. All of its files come from this process. */
export function addIdeRoutes(fastify: FastifyInstance): void {
  const page = ruruHTML({
    endpoint: '/graphql',
    subscriptionEndpoint: '/graphql',
    staticPath,
    // An empty icon: browsers would ask for one.
    htmlParts: { titleTag: '<title>Cairn: GraphQL</title><link rel="icon" href="data:," />' },
    clientConfig: { defaultQuery: firstQuery } as RuruClientConfig,
  });
  fastify.addHook('onRequest', async (request, reply) => {
    const isPage =
      request.method === 'GET' &&
      request.url === '/graphql' &&
      (request.headers.accept?.includes('text/html') ?? false);
    if (!isPage) return;
    await reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', contentSecurityPolicy)
      .send(page);
  });
  // Whoever opens the bare address means this.
  fastify.get('/', (_request, reply) => reply.redirect('/graphql'));
  fastify.get(`${staticPath}*`, async (request, reply) => {
    const file = await getStaticFile({
      staticPath,
      urlPath: request.url,
      acceptEncoding: request.headers['accept-encoding'],
      disallowDevAssets: true,
    });
    if (file === null) return reply.status(404).send({ errors: [{ message: 'There is no such file.' }] });
    return reply.headers(file.headers).send(file.content);
  });
}
