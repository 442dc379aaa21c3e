/** Keys, spaces and the audit log as people use them: the command line and GraphQL over a whole stack. */
import { Stack } from './support/stack.js';

jest.setTimeout(180_000);

describe('access', () => {
  let stack: Stack;
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    stack = await Stack.start();
    for (const space of ['ours', 'theirs']) {
      expect(await stack.cli(['spaces', 'create', space, '--title', space])).toMatchObject({ code: 0 });
      const made = await stack.cli(['keys', 'create', `${space} admin`, '--role', 'admin', '--space', space]);
      expect(made).toMatchObject({ code: 0 });
      keys[space] = made.stdout.trim();
    }
  });
  afterAll(() => stack?.stop());

  const create = `mutation ($text: String!) {
    createQuestion(input: { text: $text }) { question { id slug } userErrors { message } } }`;
  const list = '{ questions { totalCount nodes { id text } } }';
  type Created = { createQuestion: { question: { id: string; slug: string } } };
  type Listed = { questions: { totalCount: number; nodes: { id: string; text: string }[] } };

  it('two spaces have the same content under the same names, and never see each other', async () => {
    const ids: Record<string, string> = {};
    for (const space of ['ours', 'theirs']) {
      const { data } = await stack.graphql<Created>(create, { text: 'How do I pay?' }, keys[space]);
      expect(data.createQuestion.question.slug).toBe('how-do-i-pay');
      ids[space] = data.createQuestion.question.id;
      await stack.graphql('mutation { createTopic(input: { title: "Billing" }) { topic { id } } }', {}, keys[space]);
    }
    for (const [space, other] of [
      ['ours', 'theirs'],
      ['theirs', 'ours'],
    ]) {
      const { data } = await stack.graphql<Listed>(list, {}, keys[space]);
      expect(data.questions).toEqual({ totalCount: 1, nodes: [{ id: ids[space], text: 'How do I pay?' }] });
      const foreign = await stack.graphql<{ question: null; node: null }>(
        'query ($id: ID!) { question(id: $id) { text } node(id: $id) { id } }',
        { id: ids[other] },
        keys[space],
      );
      expect(foreign.data).toEqual({ question: null, node: null });
      const change = await stack.graphql<{ createAnswer: { userErrors: { code: string }[] } }>(
        'mutation ($id: ID!) { createAnswer(input: { questionId: $id, body: "x" }) { userErrors { code } } }',
        { id: ids[other] },
        keys[space],
      );
      expect(change.data.createAnswer.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    }
    // The default space has nothing of either; a key of one space cannot name another.
    expect((await stack.graphql<Listed>(list)).data.questions.totalCount).toBe(0);
    const named = await fetch(stack.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${keys.ours}`,
        'x-cairn-space': 'theirs',
      },
      body: JSON.stringify({ query: list }),
    });
    expect(named.status).toBe(403);
  });

  it('jobs run in their space, and are seen, watched and cancelled there only', async () => {
    const { data } = await stack.graphql<{ startEmbedding: { job: { id: string } } }>(
      'mutation { startEmbedding { job { id } } }',
      {},
      keys.ours,
    );
    const { id } = data.startEmbedding.job;
    const job = 'query ($id: ID!) { job(id: $id) { state result { ... on EmbedJobResult { embedded } } } }';
    type Seen = { job: { state: string; result: { embedded: number } | null } | null };
    expect((await stack.graphql<Seen>(job, { id }, keys.theirs)).data.job).toBeNull();
    const cancel = await stack.graphql<{ cancelJob: { userErrors: { code: string }[] } }>(
      'mutation ($id: ID!) { cancelJob(id: $id) { userErrors { code } } }',
      { id },
      keys.theirs,
    );
    expect(cancel.data.cancelJob.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    let seen: Seen['job'] = null;
    for (const end = Date.now() + 60_000; Date.now() < end;) {
      seen = (await stack.graphql<Seen>(job, { id }, keys.ours)).data.job;
      if (seen?.state === 'SUCCEEDED' || seen?.state === 'FAILED') break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // One question in our space, and one vector; theirs was left alone.
    expect(seen).toEqual({ state: 'SUCCEEDED', result: { embedded: 1 } });
    const status = '{ status { questions embedded } }';
    expect((await stack.graphql(status, {}, keys.ours)).data).toEqual({ status: { questions: 1, embedded: 1 } });
    expect((await stack.graphql(status, {}, keys.theirs)).data).toEqual({ status: { questions: 1, embedded: 0 } });
  });

  it('keys are listed, limited, revoked; what they did stays in the audit log', async () => {
    const made = await stack.cli([
      ...['keys', 'create', 'reading', '--role', 'admin', '--scope', 'read', '--expires', '1d', '--space', 'ours'],
      '--json',
    ]);
    const { id, secret } = JSON.parse(made.stdout) as { id: string; secret: string };
    expect((await stack.graphql<Listed>(list, {}, secret)).data.questions.totalCount).toBe(1);
    const refused = await stack.graphql(create, { text: 'No?' }, secret);
    expect(refused.errors?.[0].extensions).toMatchObject({ code: 'FORBIDDEN' });
    expect((await stack.cli(['keys', 'revoke', id, '--key', keys.ours])).code).toBe(0);
    const listed = await stack.cli(['keys', '--key', keys.ours]);
    expect(listed.stdout).toMatch(/reading +admin +read .* revoked/);
    expect(listed.stdout).not.toContain(secret);
    const audit = await stack.cli(['audit', '--key', keys.ours, '--json']);
    const entries = JSON.parse(audit.stdout) as { actor: string; operation: string; entity: string }[];
    expect(entries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ actor: 'ours admin', operation: 'createQuestion', entity: 'question' }),
        expect.objectContaining({ operation: 'revokeKey', entity: 'api_key' }),
      ]),
    );
    expect(audit.stdout).not.toContain('theirs');
  });

  it('callers without a key read a space only while it is open to them', async () => {
    const anonymous = await fetch(stack.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-cairn-space': 'ours' },
      body: JSON.stringify({ query: '{ topics { nodes { id } } }' }),
    });
    expect(await anonymous.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect((await stack.graphql('{ topics { nodes { id } } }', {}, null)).errors).toBeUndefined();
  });
});
