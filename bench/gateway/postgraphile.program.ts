/**
 * The peer: PostGraphile 4 from the folder in POSTGRAPHILE, over the database in DATABASE_URL, on PORT. As its manual has it
 * for production: the middleware on Node's own HTTP server, no watching, no GraphiQL. (Version 5 needs Node 22.)
 */
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Peer {
  readonly postgraphile: (database: object, schema: string, options: object) => RequestListener;
}

const from = createRequire(join(process.env['POSTGRAPHILE']!, 'package.json'));
const { postgraphile } = from('postgraphile') as Peer;
const database = { connectionString: process.env['DATABASE_URL'], max: 16 };
const options = {
  watchPg: false,
  graphiql: false,
  disableQueryLog: true,
  dynamicJson: true,
  enableQueryBatching: false,
};
createServer(postgraphile(database, 'public', options)).listen(Number(process.env['PORT']), '127.0.0.1', () =>
  process.send?.({ type: 'ready' }),
);

process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
