/**
 * Search over the starter content, through the public interfaces only (the `cairn` command and GraphQL): imports
 * content/questions into an empty Cairn, embeds it with the bundled encoder, and asks models/probes/starter-search.jsonl,
 * 200 questions in other words than the one that is meant.
 *
 *   npm run bench:search
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { repository, Stack } from '../test/support/stack.js';
import { Report } from './report.js';

interface Probe {
  readonly query: string;
  /** Path of the question that is meant in content/questions, without its ending. */
  readonly question: string;
}

interface Hit {
  readonly question: { readonly externalId: string };
  readonly textRank: number | null;
  readonly vectorRank: number | null;
}

/** Rank of the question that is meant: in the result, by words alone and by vectors alone; Infinity: not found. */
interface Ranks {
  readonly both: number;
  readonly words: number;
  readonly vectors: number;
}

const content = join(repository, 'content', 'questions');

function readProbes(): Probe[] {
  const lines = readFileSync(join(repository, 'models/probes/starter-search.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Probe);
}

/** Ids of the starter's questions by their path. */
function externalIds(): Map<string, string> {
  const files = readdirSync(content, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return new Map(
    files.map((name) => {
      const [, id] = /^id: (.*)$/m.exec(readFileSync(join(content, name), 'utf8')) ?? [];
      if (id === undefined) throw new Error(`${name} has no id.`);
      return [name.slice(0, -'.md'.length).replaceAll(sep, '/'), id];
    }),
  );
}

async function ranksOf(stack: Stack, text: string, externalId: string): Promise<Ranks> {
  const { data, errors } = await stack.graphql<{ search: { vectorsUsed: boolean; hits: Hit[] } }>(
    `query ($text: String!) {
       search(text: $text, first: 100) { vectorsUsed hits { textRank vectorRank question { externalId } } } }`,
    { text },
  );
  if (errors !== undefined || !data.search.vectorsUsed)
    throw new Error(`"${text}" was not searched for: ${JSON.stringify(errors ?? 'no vectors')}`);
  const { hits } = data.search;
  const place = hits.findIndex(({ question }) => question.externalId === externalId);
  const hit = hits.at(place);
  if (place < 0 || hit === undefined) return { both: Infinity, words: Infinity, vectors: Infinity };
  return { both: place + 1, words: hit.textRank ?? Infinity, vectors: hit.vectorRank ?? Infinity };
}

async function main(): Promise<void> {
  const probes = readProbes();
  const ids = externalIds();
  const report = new Report('search');
  const stack = await Stack.start();
  try {
    for (const args of [['import', content, '--source', 'starter'], ['embed']]) {
      const { code, stdout, stderr } = await stack.cli([...args, '--json']);
      if (code !== 0) throw new Error(`cairn ${args.join(' ')} ended with ${code}:\n${stderr}\n${stdout}`);
    }
    const ranks: Ranks[] = [];
    for (const { query, question } of probes) {
      const id = ids.get(question);
      if (id === undefined) throw new Error(`There is no question "${question}" in content/questions.`);
      ranks.push(await ranksOf(stack, query, id));
    }
    const within = (list: keyof Ranks, most: number) => ranks.filter((one) => one[list] <= most).length / ranks.length;
    report.add('search of the starter content: the question that is meant first', within('both', 1), 'share', {
      target: 0.8,
    });
    report.add('search of the starter content: among the first three', within('both', 3), 'share', { target: 0.92 });
    for (const [list, by] of [
      ['words', 'by words alone'],
      ['vectors', 'by vectors alone'],
    ] as const) {
      report.add(`${by}: first`, within(list, 1), 'share');
      report.add(`${by}: among the first three`, within(list, 3), 'share');
    }
    const { data } = await stack.graphql<{ status: { encoderId: string } }>('{ status { encoderId } }');
    report.write({
      notes: [`encoder: ${data.status.encoderId}`, `queries: ${probes.length} of models/probes/starter-search.jsonl`],
    });
  } finally {
    await stack.stop();
  }
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
