/** Work that goes on whatever dies: import, embedding, clustering, round after round. */
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { GraphQLAnswer, Stack } from '../stack.js';

const rowsPerRound = 600;
const rowsPerCall = 200;
/** Nothing takes longer, on a busy machine and killed again and again; a job that hangs is a job that was lost. */
const longestMs = 600_000;

interface JobState {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
  readonly result: { readonly embedded?: number; readonly clustering?: { readonly id: string } | null } | null;
  readonly error: { readonly message: string } | null;
}

const jobFields = `id state attempt error { message } result {
  ... on EmbedJobResult { embedded } ... on ClusterJobResult { clustering { id } } }`;

/** What was asked for, and what came of it. */
export interface Done {
  readonly questions: number;
  readonly embedJobs: readonly JobState[];
  readonly clusterJobs: readonly JobState[];
}

/** A client as clients should be: what cannot be reached is asked again, with the same key. */
export class PatientClient {
  constructor(private readonly stack: Stack) {}

  async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    let last: unknown;
    for (const end = Date.now() + longestMs; Date.now() < end; await sleep(150)) {
      const answer = await this.stack.graphql<T>(query, variables).catch((error: unknown) => void (last = error));
      if (answer === undefined) continue;
      const refused = unexpected(answer);
      if (refused !== undefined) throw new Error(`${refused}: ${query.slice(0, 80)}`);
      if (answer.errors === undefined) return answer.data;
      last = answer.errors[0].message;
    }
    throw new Error(`Nobody answered for ${longestMs / 1000} s: ${String(last)}`);
  }
}

/** Errors that no crash explains. */
function unexpected({ errors = [] }: GraphQLAnswer<unknown>): string | undefined {
  const passing = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'OVERLOADED'];
  return errors.find(({ extensions }) => !passing.includes(String(extensions?.['code'])))?.message;
}

/**
 * Goes on with rounds until `enough` says so, and ends the round it is in.
 * @param told what it is doing now
 */
export async function work(client: PatientClient, enough: () => boolean, told: (doing: string) => void): Promise<Done> {
  let questions = 0;
  const embedJobs: JobState[] = [];
  const clusterJobs: JobState[] = [];
  while (!enough() || questions === 0) {
    told('import');
    for (const end = questions + rowsPerRound; questions < end; questions += rowsPerCall)
      await importRows(client, questions);
    told('embed');
    embedJobs.push(
      await runJob(
        client,
        'startEmbedding',
        `mutation ($key: String!) {
      startEmbedding(idempotencyKey: $key) { job { id } userErrors { message } } }`,
      ),
    );
    told('cluster');
    clusterJobs.push(
      await runJob(
        client,
        'startClustering',
        `mutation ($key: String!) {
      startClustering(input: { scope: ALL, nClusters: 5, nInit: 3 }, idempotencyKey: $key) { job { id } userErrors { message } } }`,
      ),
    );
  }
  return { questions, embedJobs, clusterJobs };
}

async function importRows(client: PatientClient, from: number): Promise<void> {
  const subjects = ['cards', 'maps', 'tea', 'trains', 'gardens'];
  const rows = Array.from({ length: rowsPerCall }, (_, i) => ({
    line: i + 1,
    externalId: String(from + i),
    text: `question number ${from + i} about ${subjects[(from + i) % 5]}, ${(from + i) * 7919}`,
    state: 'PUBLISHED',
  }));
  const { importQuestions } = await client.ask<{
    importQuestions: { results: { outcome: string; message?: string }[] };
  }>(
    `mutation ($input: ImportQuestionsInput!) {
       importQuestions(input: $input) { results { outcome message } userErrors { message } } }`,
    { input: { source: 'crashes', rows } },
  );
  const failed = importQuestions.results.find(({ outcome }) => outcome === 'FAILED');
  if (failed) throw new Error(`A row was refused: ${failed.message}`);
}

async function runJob(client: PatientClient, name: string, mutation: string): Promise<JobState> {
  const key = randomUUID();
  const started = await client.ask<Record<string, { job: { id: string } }>>(mutation, { key });
  const { id } = started[name].job;
  for (const end = Date.now() + longestMs; ;) {
    const { job } = await client.ask<{ job: JobState }>(`query ($id: ID!) { job(id: $id) { ${jobFields} } }`, { id });
    if (job.state === 'SUCCEEDED') return job;
    if (job.state !== 'QUEUED' && job.state !== 'RUNNING')
      throw new Error(`Job ${id} is ${job.state} after ${job.attempt} attempts: ${job.error?.message}`);
    if (Date.now() > end) throw new Error(`Job ${id} (${name}) hangs in ${job.state}, attempt ${job.attempt}.`);
    await sleep(200);
  }
}

/** What is in the database at the end, where it differs from what should be. */
export async function faultsOf(client: PatientClient, { questions, embedJobs, clusterJobs }: Done): Promise<string[]> {
  const faults: string[] = [];
  const expect = (what: string, found: number, wanted: number) => {
    if (found !== wanted) faults.push(`${what}: ${found}, not ${wanted}`);
  };
  const { status } = await client.ask<{ status: { questions: number; embedded: number } }>(
    '{ status { questions embedded } }',
  );
  expect('questions', status.questions, questions);
  expect('questions with a vector', status.embedded, questions);
  const ids = new Set<string>();
  for (let after: string | null = null; ;) {
    const page: QuestionPage = await client.ask<QuestionPage>(
      `query ($after: String) { questions(first: 100, after: $after) {
         nodes { externalId } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    for (const { externalId } of page.questions.nodes) ids.add(externalId);
    if (!page.questions.pageInfo.hasNextPage) break;
    after = page.questions.pageInfo.endCursor;
  }
  expect('different external ids', ids.size, questions);
  const embedded = embedJobs.reduce((sum, { result }) => sum + (result?.embedded ?? 0), 0);
  expect('vectors that jobs say they made', embedded, questions);
  const { jobs, clusterings } = await client.ask<{
    jobs: { totalCount: number; nodes: { state: string; deadAt: string | null }[] };
    clusterings: { totalCount: number };
  }>('{ jobs(first: 100) { totalCount nodes { state deadAt } } clusterings(first: 1) { totalCount } }');
  expect('jobs', jobs.totalCount, embedJobs.length + clusterJobs.length);
  expect('jobs that have not succeeded', jobs.nodes.filter(({ state }) => state !== 'SUCCEEDED').length, 0);
  expect('clusterings', clusterings.totalCount, clusterJobs.length);
  expect(
    'different clusterings of jobs',
    new Set(clusterJobs.map(({ result }) => result?.clustering?.id)).size,
    clusterJobs.length,
  );
  return faults;
}

interface QuestionPage {
  readonly questions: {
    readonly nodes: readonly { readonly externalId: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}
