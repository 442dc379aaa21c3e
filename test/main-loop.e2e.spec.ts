/** The loop as an admin lives it: every step through GraphQL, on the incoming questions of the starter content. */
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { Stack } from './support/stack.js';

interface Job {
  id: string;
  state: string;
  done: number;
  total: number;
  error: { code: string; message: string } | null;
  result: Record<string, unknown> | null;
}

jest.setTimeout(120_000);

describe('the main loop', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start();
  });
  afterAll(() => stack?.stop());

  const ask = async <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const { data, errors } = await stack.graphql<T>(query, variables);
    expect(errors).toBeUndefined();
    return data;
  };

  /** Starts a job and follows it over the subscription to its end. */
  const run = async (mutation: string, variables: Record<string, unknown> = {}): Promise<Job> => {
    const name = /(start\w+)/.exec(mutation)![1];
    const answer = await ask<Record<string, { job: Job; userErrors: unknown[] }>>(mutation, variables);
    expect(answer[name].userErrors).toEqual([]);
    const client = createClient({
      url: stack.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${stack.key}` },
    });
    let last: Job | undefined;
    let lastDone = 0;
    const query = `subscription ($id: ID!) { jobProgress(id: $id) {
      id state done total error { code message } result { __typename
        ... on EmbedJobResult { embedded failed } ... on ClassifyJobResult { classified unknown }
        ... on ClusterJobResult { suggestionCount clustering { id nClusters silhouette } }
        ... on TrainJobResult { promoted head { id accuracy } } } } }`;
    for await (const { data, errors } of client.iterate<{ jobProgress: Job }>({
      query,
      variables: { id: answer[name].job.id },
    })) {
      expect(errors).toBeUndefined();
      last = data!.jobProgress;
      lastDone = last.done;
    }
    await client.dispose();
    expect(last).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect(lastDone).toBe(last!.total);
    return last!;
  };

  it('imports the questions, and the same again changes nothing', async () => {
    const args = [
      ...['import', 'content/incoming/questions.tsv', '--labels', 'content/incoming/labels.tsv'],
      ...['--topics', 'content/questions/topics.tsv', '--source', 'incoming', '--json'],
    ];
    const first = await stack.cli(args);
    expect(first).toMatchObject({ code: 0 });
    expect(JSON.parse(first.stdout)).toMatchObject({ created: 680, unchanged: 0, failed: 0 });
    const second = await stack.cli(args);
    expect(JSON.parse(second.stdout)).toMatchObject({ created: 0, updated: 0, unchanged: 680, failed: 0 });
    const { status } = await ask<{ status: Record<string, number> }>('{ status { questions labelled topics } }');
    expect(status).toEqual({ questions: 680, labelled: 390, topics: 13 });
  });

  it('embeds, trains, promotes and classifies', async () => {
    const embedded = await run('mutation { startEmbedding { job { id } userErrors { message } } }');
    expect(embedded.result).toMatchObject({ embedded: 680, failed: 0 });

    const trained = await run(
      `mutation { startTraining(input: { promoteIfBetter: true }) { job { id } userErrors { message } } }`,
    );
    expect(trained.result).toMatchObject({ promoted: true, head: { accuracy: expect.any(Number) as number } });

    const classified = await run('mutation { startClassification { job { id } userErrors { message } } }');
    expect(classified.result).toMatchObject({ classified: 680 });
    const { status } = await ask<{ status: Record<string, number> }>('{ status { embedded classified unknown } }');
    expect(status).toMatchObject({ embedded: 680, classified: 680, unknown: classified.result!['unknown'] });
  });

  it('clusters the unknown into suggestions that an admin can read', async () => {
    const clustered = await run('mutation { startClustering { job { id } userErrors { message } } }');
    expect(clustered.result!['suggestionCount']).toBeGreaterThanOrEqual(3);
    const { suggestions } = await ask<{ suggestions: { nodes: Record<string, unknown>[]; totalCount: number } }>(
      `{ suggestions(first: 50) { totalCount nodes { title keywords size state cohesion exemplars { text }
         nearestTopics { distance topic { title } } } } }`,
    );
    expect(suggestions.totalCount).toBe(clustered.result!['suggestionCount']);
    for (const suggestion of suggestions.nodes) {
      expect(suggestion['state']).toBe('PENDING');
      expect(suggestion['title']).toMatch(/\w/);
      expect((suggestion['keywords'] as string[]).length).toBeGreaterThan(2);
      expect((suggestion['exemplars'] as unknown[]).length).toBeGreaterThan(0);
    }
  });

  it('accepts a suggestion, learns it, and then knows it', async () => {
    const { suggestions } = await ask<{
      suggestions: { nodes: { id: string; version: number; keywords: string[]; size: number }[] };
    }>('{ suggestions(first: 50) { nodes { id version keywords size } } }');
    const terraform = suggestions.nodes.find(({ keywords }) =>
      keywords.some((word) => /ssh|sudo|terraform|user/.test(word)),
    );
    expect(terraform).toBeDefined();
    const accept = `mutation ($id: ID!, $version: Int!) {
      acceptSuggestion(id: $id, expectedVersion: $version, input: { title: "Users on cloud machines" }) {
        suggestion { state topic { id slug labelledCount } } userErrors { code field message } } }`;
    const variables = { id: terraform!.id, version: terraform!.version };
    const { acceptSuggestion } = await ask<{
      acceptSuggestion: { suggestion: { topic: { id: string; labelledCount: number } }; userErrors: unknown[] };
    }>(accept, variables);
    expect(acceptSuggestion).toMatchObject({
      suggestion: { state: 'ACCEPTED', topic: { slug: 'users-on-cloud-machines', labelledCount: terraform!.size } },
      userErrors: [],
    });
    const again = await ask<{ acceptSuggestion: { userErrors: unknown[] } }>(accept, variables);
    expect(again.acceptSuggestion.userErrors).toEqual([expect.objectContaining({ code: 'CONFLICT' })]);
    const typed = await stack.cli(['accept', terraform!.id]);
    expect(typed.code).toBe(1);
    expect(typed.stderr).toMatch(/accepted/i);

    await run('mutation { startTraining(input: { promoteIfBetter: true }) { job { id } userErrors { message } } }');
    const { classify } = await ask<{
      classify: { classifications: { topic: { slug: string } | null; unknown: boolean }[] };
    }>(
      `{ classify(texts: ["add my colleague as a user on the vm with his ssh key using terraform"]) {
         classifications { unknown topic { slug } } } }`,
    );
    expect(classify.classifications).toEqual([{ unknown: false, topic: { slug: 'users-on-cloud-machines' } }]);
  });

  it('answers clients: ask and search see published content only, without a key', async () => {
    const imported = await stack.cli(['import', 'content/questions', '--source', 'starter', '--json']);
    expect(imported).toMatchObject({ code: 0 });
    await run('mutation { startEmbedding { job { id } userErrors { message } } }');
    const anonymous = await stack.graphql<{
      ask: { answers: { answer: { state: string; question: { text: string } } }[] };
      search: { vectorsUsed: boolean; hits: { question: { text: string; state: string } }[] };
    }>(
      `{ ask(text: "whats a learning rate and how do i pick it") { unknown answers { score answer { state question { text } } } }
         search(text: "learning rate") { vectorsUsed hits { highlight question { text state } } } }`,
      {},
      null,
    );
    expect(anonymous.errors).toBeUndefined();
    expect(anonymous.data.ask.answers[0].answer.question.text).toBe(
      'What is the learning rate and how do I choose it?',
    );
    expect(anonymous.data.search.vectorsUsed).toBe(true);
    const states = anonymous.data.search.hits.map(({ question }) => question.state);
    expect(new Set(states)).toEqual(new Set(['PUBLISHED']));
  });

  it('exports everything, and what was exported can be imported', async () => {
    const exported = await stack.cli(['export', '--format', 'jsonl']);
    expect(exported.code).toBe(0);
    const lines = exported.stdout.trim().split('\n');
    const { status } = await ask<{ status: { questions: number } }>('{ status { questions } }');
    const records = lines.map((line) => JSON.parse(line) as { record: string });
    expect(records.filter(({ record }) => record === 'question')).toHaveLength(status.questions);
    expect(records.at(-1)).toEqual({ record: 'end', records: lines.length - 2 });
  });
});
