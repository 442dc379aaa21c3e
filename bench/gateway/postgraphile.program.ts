/**
 * The peer: PostGraphile from the folder in POSTGRAPHILE, over the database in DATABASE_URL, on PORT. Its documented way
 * to serve: the Amber preset on Node's own HTTP server, no watching, no GraphiQL.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Peer {
  readonly postgraphile: (preset: object) => {
    createServ(grafserv: unknown): { addTo(server: unknown): Promise<void> };
  };
}

async function main(): Promise<void> {
  const from = createRequire(join(process.env['POSTGRAPHILE']!, 'package.json'));
  const { postgraphile } = from('postgraphile') as Peer;
  const { PostGraphileAmberPreset } = from('postgraphile/presets/amber') as { PostGraphileAmberPreset: object };
  const { makePgService } = from('postgraphile/adaptors/pg') as { makePgService(options: object): object };
  const { grafserv } = from('postgraphile/grafserv/node') as { grafserv: unknown };
  const server = createServer();
  const served = postgraphile({
    extends: [PostGraphileAmberPreset],
    pgServices: [
      makePgService({ connectionString: process.env['DATABASE_URL'], schemas: ['public'], poolConfig: { max: 16 } }),
    ],
    grafserv: { watch: false, graphiql: false, graphqlPath: '/graphql' },
    grafast: { explain: false },
  }).createServ(grafserv);
  await served.addTo(server);
  server.listen(Number(process.env['PORT']), '127.0.0.1', () => process.send?.({ type: 'ready' }));
}

process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
void main().catch((error: Error) => {
  process.send?.({ type: 'failed', message: error.message });
  process.exitCode = 1;
});
