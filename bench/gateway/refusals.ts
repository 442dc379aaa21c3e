import { Agent, request } from 'node:http';
import { Client } from 'pg';
import { quantile } from '../inference/rate.js';
import type { Setting } from './options.js';
import { pageQuery } from './page.js';
import { startCairn } from './program.js';

const repeats = 100;
const warmUp = 20;
/** Bytes of a body that are sent before the answer. */
const mostSent = 64 * 1024;

const nested = (depth: number): string =>
  depth === 0 ? 'id' : `topic { questions(first: 1) { nodes { ${nested(depth - 1)} } } }`;
const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

/**
 * One operation beyond each limit, with the code it is refused with. Each has a number, so that none is one that was seen
 * before, parsed and checked.
 */
const beyond: Record<string, { readonly code: string; readonly body: (n: number) => string }> = {
  depth: ofQuery('QUERY_TOO_DEEP', () => `{ questions(first: 1) { nodes { ${nested(4)} } } }`),
  aliases: ofQuery('TOO_MANY_ALIASES', () => `{ ${times(16, (i) => `a${i}: question(id: "x") { id }`)} }`),
  'repeated fields': ofQuery('TOO_MANY_FIELDS', () => `{ questions { nodes { ${times(40, () => 'id')} } } }`),
  tokens: ofQuery('GRAPHQL_PARSE_FAILED', () => `{ ${times(3_000, () => '__typename')} }`),
  directives: ofQuery('GRAPHQL_PARSE_FAILED', () => `{ __typename ${times(3_000, (i) => `@a${i}`)} }`),
  complexity: ofQuery(
    'QUERY_TOO_COMPLEX',
    () => '{ questions(first: 100) { nodes { topic { questions(first: 100) { nodes { id answers { id } } } } } } }',
  ),
  'complexity by variables': {
    code: 'QUERY_TOO_COMPLEX',
    body: (n) =>
      JSON.stringify({
        query: `query Q${n}($n: Int!) { questions(first: $n) { nodes { topic { questions(first: $n) { nodes { id } } } } } }`,
        variables: { n: 1_000_000 },
      }),
  },
  introspection: ofQuery('INTROSPECTION_DISABLED', () => '{ __schema { types { name fields { name } } } }'),
  'bytes of the body': ofQuery('PAYLOAD_TOO_LARGE', () => `{ __typename } #${'x'.repeat(5 * 1024 * 1024)}`),
};

function ofQuery(code: string, query: () => string): { code: string; body: (n: number) => string } {
  return { code, body: (n) => JSON.stringify({ query: `query Q${n} ${query()}` }) };
}

/** Operations beyond the limits: how long it takes to refuse them, and whether the database hears of them. */
export async function refusals({ options, report }: Setting): Promise<void> {
  const cairn = await startCairn(options.database);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const database = new Client({ connectionString: options.database });
  await database.connect();
  const now = async () => (await database.query<{ now: string }>('SELECT clock_timestamp()::text AS now')).rows[0].now;
  /** Connections of others that have begun a statement since; they stay for ten seconds. */
  const busySince = async (since: string) => {
    const { rows } = await database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND backend_type = 'client backend' AND query_start > $1::timestamptz`,
      [since],
    );
    return rows[0].count;
  };
  try {
    let since = await now();
    const page = await post(cairn.url, Buffer.from(JSON.stringify({ query: pageQuery })), agent);
    if (page.status !== 200 || (await busySince(since)) === 0)
      throw new Error(`A page was answered with ${page.status}, and no statement was seen.`);
    let statements = 0;
    for (const [name, { code, body }] of Object.entries(beyond)) {
      const took: number[] = [];
      for (let n = -warmUp; n < repeats; n++) {
        if (n % 20 === 0) since = await now();
        const sent = Buffer.from(body(n + warmUp));
        const started = performance.now();
        const { status, text } = await post(cairn.url, sent, agent);
        if (n >= 0) took.push(performance.now() - started);
        if (status < 400 || status >= 500 || !text.includes(`"${code}"`))
          throw new Error(`An operation beyond the limit of ${name} was answered with ${status} ${text.slice(0, 300)}`);
        if (n % 20 === 19) statements += await busySince(since);
      }
      report.add(`beyond the limit of ${name}: time to refuse, p99`, quantile(took, 0.99), 'ms', {
        ...{ target: 50, lower: true },
      });
    }
    report.add('beyond a limit: SQL statements', statements, 'count', { target: 0, lower: true });
  } finally {
    agent.destroy();
    await database.end();
    await cairn.stop();
  }
}

function post(url: string, body: Buffer, agent: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        if (!sent.writableEnded) sent.destroy();
        resolve({ status: response.statusCode ?? 0, text });
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    // What is too large is refused by its header: the rest of it need not be sent.
    if (body.length > mostSent) sent.write(body.subarray(0, mostSent));
    else sent.end(body);
  });
}
