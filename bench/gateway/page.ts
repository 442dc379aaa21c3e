import { join } from 'node:path';
import { Client } from 'pg';
import { Child } from '../inference/child.js';
import { median } from '../inference/rate.js';
import type { HttpLoadFunctions, Outcome } from './http-load.js';
import type { Setting } from './options.js';
import { startCairn, startProgram } from './program.js';

const first = 50;
const inFlight = 8;

/** What Cairn is asked for anonymously: published questions, newest first. */
const rows = 'nodes { id text label { saidBy topic { id title } } answers { id body } }';
export const pageQuery = `{ questions(first: ${first}) { ${rows} } }`;
/** The same rows from the same tables, as PostGraphile writes it; all made answers are published, which it need not check. */
const peerRows = `nodes { id text topicSaidBy topicByTopicId { id title }
  answersByQuestionId(orderBy: SEQ_ASC) { nodes { id body } } }`;
const peerArguments = `first: ${first}, orderBy: SEQ_DESC, condition: { state: "published" }`;
const peerQuery = `{ allQuestions(${peerArguments}) { ${peerRows} } }`;

/** The same of the page after a cursor, with the cursor of the next. */
const nextQuery = `query ($after: String) { questions(first: ${first}, after: $after) { ${rows} pageInfo { endCursor } } }`;
const peerNextQuery = `query ($after: Cursor) { allQuestions(${peerArguments}, after: $after) { ${peerRows} pageInfo { endCursor } } }`;
/** Pages that are asked for in turn where they are to differ: more than are under way at a time. */
const differentPages = 40;

export const load = (): Child<HttpLoadFunctions> => Child.start<HttpLoadFunctions>(join(__dirname, 'http-load.js'));

/** Requests a second that were answered well. */
export const goodRate = ({ good, seconds }: Outcome): number => good / seconds;

/** @throws Error if anything was answered otherwise than well */
export function assertGood({ failures, refused }: Outcome, who: string): void {
  const [failure] = Object.entries(failures);
  if (failure !== undefined || refused > 0) throw new Error(`${who}: ${failure?.join(' x ') ?? `${refused} refused`}`);
}

/** Transactions of a database so far; those of the services are one statement each on a page. */
async function transactions(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    // Servers tell of their transactions when they have been idle for a while.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    const { rows } = await client.query<{ count: string }>(
      'SELECT xact_commit AS count FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(rows[0].count);
  } finally {
    await client.end();
  }
}

/** Bodies that ask for one page after the other. */
async function following(url: string, query: string): Promise<string[]> {
  const bodies: string[] = [];
  for (let after: string | null = null; bodies.length < differentPages;) {
    const body = JSON.stringify({ query, variables: { after } });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { data } = (await response.json()) as { data: Record<string, { pageInfo: { endCursor: string | null } }> };
    bodies.push(body);
    after = Object.values(data)[0].pageInfo.endCursor;
    if (after === null) throw new Error(`${url} has ${bodies.length} pages; ${differentPages} are needed.`);
  }
  return bodies;
}

const peer = 'postgraphile 4.14.1';

/** A page of 50 questions with topic, answers and label: statements it takes, and pages a second beside PostGraphile. */
export async function page({ options, report, note }: Setting): Promise<void> {
  const cairn = await startCairn(options.database);
  const { postgraphile: folder } = options;
  const running =
    folder === undefined
      ? undefined
      : await startProgram('postgraphile', (port) => ({
          ...{ PORT: String(port), DATABASE_URL: options.database, POSTGRAPHILE: folder },
        }));
  const client = load();
  try {
    const body = (query: string) => [JSON.stringify({ query })];
    const contestants = [
      { name: 'Cairn', url: cairn.url, bodies: body(pageQuery) },
      ...(running
        ? [{ name: 'PostGraphile', url: `http://127.0.0.1:${running.port}/graphql`, bodies: body(peerQuery) }]
        : []),
    ];
    for (const { name, url, bodies } of contestants) {
      await client.call('connect', url, bodies);
      const answer = await client.call('once');
      const rows = answer.split('"text"').length - 1;
      if (rows !== first) throw new Error(`${name} answered with ${rows} questions: ${answer.slice(0, 300)}`);
      assertGood(await client.call('closed', inFlight, 2), name);
    }
    await client.call('connect', cairn.url, contestants[0].bodies);
    const before = await transactions(options.database);
    const pages = 200;
    for (let i = 0; i < pages; i++) await client.call('once');
    const idle = 1;
    const statements = ((await transactions(options.database)) - before - idle) / pages;
    report.add('page of 50 questions: SQL statements', statements, 'statements', { target: 6, lower: true });
    const compare = async (figure: string) => {
      const rates = contestants.map((): number[] => []);
      for (let round = 0; round < options.rounds; round++)
        for (const [i, { name, url, bodies }] of contestants.entries()) {
          await client.call('connect', url, bodies);
          const outcome = await client.call('closed', inFlight, options.seconds);
          assertGood(outcome, name);
          rates[i].push(goodRate(outcome));
        }
      report.add(`${figure}: Cairn`, median(rates[0]), 'pages/s');
      if (rates[1] === undefined) return note(`${figure}: PostGraphile was left out; --help says how to add it`);
      report.add(`${figure}: PostGraphile`, median(rates[1]), 'pages/s', { peer });
      const ratio = median(rates[0].map((rate, round) => rate / rates[1][round]));
      report.add(`${figure}: Cairn / PostGraphile`, ratio, 'times', { target: 1, peer });
    };
    await compare('page of 50 questions');
    // Those who want the same page at the same time share a read of ours; here nobody does.
    for (const [i, query] of [nextQuery, peerNextQuery].slice(0, contestants.length).entries())
      contestants[i].bodies = await following(contestants[i].url, query);
    await compare('pages of 50 questions, each another');
  } finally {
    await client.stop();
    await running?.stop();
    await cairn.stop();
  }
}
