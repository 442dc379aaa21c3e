import { median } from '../inference/rate.js';
import { seed } from './fill-database.js';
import { madeQuestion } from './made-questions.js';
import type { Setting } from './options.js';
import { assertGood, goodRate, load } from './page.js';
import { startCairn, startProgram } from './program.js';

const inFlight = 8;

/** One question by id beside the hello world of a bare Apollo server. */
export async function single({ options, report }: Setting): Promise<void> {
  const cairn = await startCairn(options.database);
  const apollo = await startProgram('apollo', (port) => ({ PORT: String(port) }));
  const client = load();
  try {
    // Index 10n + 1 is published.
    const ids = Array.from({ length: 500 }, (_, i) => madeQuestion(seed, 10 * i * 1999 + 1).id);
    const query = 'query ($id: ID!) { question(id: $id) { id text state } }';
    const contestants = [
      { name: 'Cairn', url: cairn.url, bodies: ids.map((id) => JSON.stringify({ query, variables: { id } })) },
      {
        name: 'Apollo',
        url: `http://127.0.0.1:${apollo.port}/graphql`,
        bodies: [JSON.stringify({ query: '{ hello }' })],
      },
    ];
    const rates = contestants.map((): number[] => []);
    for (let round = -1; round < options.rounds; round++)
      for (const [i, { name, url, bodies }] of contestants.entries()) {
        await client.call('connect', url, bodies);
        const answer = await client.call('once');
        if (!answer.startsWith('{"data":') || answer.includes('null'))
          throw new Error(`${name}: ${answer.slice(0, 200)}`);
        const outcome = await client.call('closed', inFlight, round < 0 ? 2 : options.seconds);
        assertGood(outcome, name);
        if (round >= 0) rates[i].push(goodRate(outcome));
      }
    report.add('single question: Cairn', median(rates[0]), 'requests/s');
    report.add('single question: bare Apollo, hello world', median(rates[1]), 'requests/s', { peer: '@apollo/server' });
    const ratio = median(rates[0].map((rate, round) => rate / rates[1][round]));
    report.add('single question / hello world', ratio, 'times', { target: 0.6, peer: '@apollo/server' });
  } finally {
    await client.stop();
    await apollo.stop();
    await cairn.stop();
  }
}
