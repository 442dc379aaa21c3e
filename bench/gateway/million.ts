import { createInferenceClient, toVectors, type InferenceClient } from '@cairn/contracts';
import { createLogger } from '@cairn/service-kit';
import type { Caller } from '../../apps/knowledge/src/access/caller.js';
import type { EncoderRecord } from '../../apps/knowledge/src/embedding/encoder-in-use.js';
import { createDataSource } from '../../apps/knowledge/src/persistence/data-source.js';
import { Database, type Sql } from '../../apps/knowledge/src/persistence/database.js';
import { keysetPage, cursorOf } from '../../apps/knowledge/src/persistence/keyset-page.js';
import { listQuestions } from '../../apps/knowledge/src/questions/read-questions.js';
import { nearestQuestions, vectorParameter } from '../../apps/knowledge/src/search/nearest.js';
import { searchQuestions } from '../../apps/knowledge/src/search/search-questions.js';
import { noFilter, type SearchFilter } from '../../apps/knowledge/src/search/search-scope.js';
import { median, quantile } from '../inference/rate.js';
import { benchEncoder, seed } from './fill-database.js';
import { dimension, madeQuestion, MadeVectors, topicId } from './made-questions.js';
import type { Setting } from './options.js';

const anonymous: Caller = { requestId: 'bench' };
const recallAt = 10;

const filters: Record<string, Partial<SearchFilter>> = {
  'no filter': {},
  '1 % (tag)': { tags: ['one-percent'] },
  '10 % (tag)': { tags: ['ten-percent'] },
  '50 % (tag)': { tags: ['fifty-percent'] },
  '0.5 % (topic)': { topicId: topicId(seed, 3) },
};

interface Query {
  readonly text: string;
  readonly values: Float32Array;
}

/** Opens the database; hands over texts and vectors of queries, made like questions, but of none of them. */
async function withQueries(
  { options }: Setting,
  work: (database: Database, encoder: EncoderRecord, queries: readonly Query[]) => Promise<void>,
): Promise<void> {
  const dataSource = createDataSource({
    ...{ url: options.database, kind: 'postgres' },
    logger: createLogger('bench', 'silent'),
  });
  await dataSource.initialize();
  try {
    const database = new Database(dataSource, 'postgres');
    const vectors = new MadeVectors(seed);
    const queries = Array.from({ length: options.searches }, (_, i) => {
      const { text, topic } = madeQuestion(seed, options.questions + 7 * i);
      return { text: text.split(' ').slice(0, 5).join(' '), values: vectors.vector(-1 - i, topic) };
    });
    await work(database, await benchEncoder(database), queries);
  } finally {
    await dataSource.destroy();
  }
}

/** Filtered hybrid search over many questions: latency and deep pages. */
export const million = (setting: Setting): Promise<void> =>
  withQueries(setting, (database, encoder, queries) => measureSearch(setting, database, encoder, queries));

/** The ten nearest of filtered searches against exact ones. */
export const recall = (setting: Setting): Promise<void> =>
  withQueries(setting, (database, encoder, queries) => measureRecall(setting, database, queries, encoder));

async function measureSearch(
  setting: Setting,
  database: Database,
  encoder: EncoderRecord,
  queries: readonly Query[],
): Promise<void> {
  const { options, report, note } = setting;
  let current = queries[0];
  // Everything but the encoder: its vector is at hand.
  const nobody = createInferenceClient('127.0.0.1:1');
  const inference: InferenceClient = Object.assign(Object.create(nobody) as InferenceClient, {
    embed: async () => ({
      vectors: toVectors(current.values, dimension, encoder.provenance),
      ...{ items: [{ tokens: 6, truncated: false }], errors: [], timings: undefined },
    }),
  });
  const search = async (query: Query, filter: Partial<SearchFilter>, first = 10, after = '') => {
    current = query;
    const started = performance.now();
    const result = await searchQuestions(database, inference, anonymous, {
      ...{ text: query.text, first, after, withFacets: false },
      filter: { ...noFilter, ...filter },
    });
    return { result, took: performance.now() - started };
  };
  try {
    for (const [name, filter] of Object.entries(filters)) {
      const times: number[] = [];
      let short = 0;
      for (const query of queries.slice(0, 20)) await search(query, filter);
      for (const query of queries) {
        const { result, took } = await search(query, filter);
        times.push(took);
        if (result.hits.length < 10) short++;
      }
      report.add(`hybrid search, ${name}: p50`, median(times), 'ms');
      report.add(`hybrid search, ${name}: p95`, quantile(times, 0.95), 'ms', { target: 150, lower: true });
      report.add(`hybrid search, ${name}: fewer than asked`, short, 'count', { target: 0, lower: true });
    }
    await deepPages(setting, database, (filter, first, after) => search(queries[0], filter, first, after));
    note(
      `million: made vectors of ${dimension} components, ${options.questions} questions; one search at a time, the encoder left out`,
    );
  } finally {
    nobody.close();
  }
}

async function measureRecall(
  { report }: Setting,
  database: Database,
  queries: readonly { values: Float32Array }[],
  encoder: EncoderRecord,
): Promise<void> {
  const conditions: Record<string, string> = {
    'no filter': 'true',
    '1 % (tag)': `tags @> '{one-percent}'`,
    '10 % (tag)': `tags @> '{ten-percent}'`,
    '50 % (tag)': `tags @> '{fifty-percent}'`,
    '0.5 % (topic)': `topic_id = '${topicId(seed, 3)}'`,
  };
  const asked = queries.slice(0, Math.ceil(queries.length / 5));
  for (const [name, filter] of Object.entries(filters)) {
    let found = 0;
    let wanted = 0;
    for (const { values } of asked) {
      const query = { encoder, values };
      const scope = { publishedOnly: true, tags: filter.tags, topicId: filter.topicId };
      const ids = (await nearestQuestions(database, query, scope, 200)).slice(0, recallAt).map(({ id }) => id);
      // One pass over the table, whatever indexes there are.
      const exact = await database.rows<{ id: string }>(
        `WITH kept AS MATERIALIZED (
           SELECT question.id, embedding.vector <=> $1::vector AS distance
           FROM question JOIN embedding ON embedding.question_id = question.id AND embedding.encoder = ${encoder.id}
           WHERE question.state = 'published' AND ${conditions[name]})
         SELECT id FROM kept ORDER BY distance LIMIT ${recallAt}`,
        [vectorParameter(query)],
      );
      wanted += exact.length;
      found += exact.filter(({ id }) => ids.includes(id)).length;
    }
    report.add(`recall@10 against exact, ${name}`, found / wanted, 'share', { target: 0.95 });
  }
}

async function deepPages(
  { options, report }: Setting,
  database: Database,
  search: (
    filter: Partial<SearchFilter>,
    first: number,
    after: string,
  ) => Promise<{ result: { hits: readonly { cursor: string }[] }; took: number }>,
): Promise<void> {
  const statements: string[] = [];
  const told: Sql = {
    rows: (text, parameters) => {
      statements.push(text);
      return database.rows(text, parameters);
    },
  };
  const list = async (after: string) => {
    const page = keysetPage({ first: 50, after, withTotal: false });
    const filter = { states: [] };
    const times: number[] = [];
    for (let i = 0; i < 60; i++) {
      const started = performance.now();
      await listQuestions(told, anonymous, filter, page);
      times.push(performance.now() - started);
    }
    return median(times.slice(10));
  };
  const firstPage = await list('');
  const deep = await list(cursorOf(Math.round(options.questions / 20)));
  report.add('list of questions: first page, p50', firstPage, 'ms');
  report.add('list of questions: page 19,000, p50', deep, 'ms');
  report.add('list of questions: page 19,000 / first page', deep / firstPage, 'times', { target: 1.5, lower: true });
  const counting = statements.filter((text) => /count\s*\(/i.test(text)).length;
  report.add('list of questions: statements that count', counting, 'count', { target: 0, lower: true });
  const pages: number[] = [];
  let after = '';
  for (let i = 0; i < 20; i++) {
    const { result, took } = await search({}, 10, after);
    pages.push(took);
    after = result.hits.at(-1)?.cursor ?? '';
  }
  report.add('pages 11-20 of a search / pages 1-10', median(pages.slice(10)) / median(pages.slice(0, 10)), 'times', {
    target: 1.5,
    lower: true,
  });
}
