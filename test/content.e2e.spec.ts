/** Content as a team works with it, through the whole stack: GraphQL and the command line. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from './support/stack.js';

jest.setTimeout(120_000);

interface Changed {
  question: { id: string; version: number; slug: string; state: string; text: string } | null;
  current: { version: number; text: string } | null;
  userErrors: { code: string; field: string | null; currentVersion: number | null }[];
}
const changed =
  '{ question { id version slug state text } current { version text } userErrors { code field currentVersion } }';

describe('content', () => {
  let stack: Stack;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-content-'));
    stack = await Stack.start();
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const change = async (mutation: string, variables: Record<string, unknown>) => {
    const { data, errors } = await stack.graphql<Record<string, Changed>>(mutation, variables);
    expect(errors).toBeUndefined();
    return Object.values(data)[0];
  };
  const create = async (text: string) =>
    (await change(`mutation ($text: String!) { createQuestion(input: { text: $text }) ${changed} }`, { text }))
      .question!;
  const update = (id: string, version: number, input: Record<string, unknown>) =>
    change(
      `mutation ($id: ID!, $version: Int!, $input: UpdateQuestionInput!) {
         updateQuestion(id: $id, expectedVersion: $version, input: $input) ${changed} }`,
      { id, version, input },
    );

  it('lets one of fifty writers win and shows the others what holds', async () => {
    const { id } = await create('Who wins?');
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => update(id, 1, { text: `Writer ${index}` })),
    );
    const won = answers.filter(({ question }) => question !== null);
    expect(won).toHaveLength(1);
    for (const { question, current, userErrors } of answers)
      if (question === null) {
        expect(userErrors).toEqual([{ code: 'CONFLICT', field: 'expectedVersion', currentVersion: 2 }]);
        expect(current).toEqual({ version: 2, text: won[0].question!.text });
      }
  });

  it('keeps versions, says what changed, and goes back', async () => {
    const { id } = await create('The first text');
    await update(id, 1, { text: 'The second text', slug: 'a-new-address' });
    const { data } = await stack.graphql<{
      versions: { nodes: { version: number; changedBy: string; current: boolean }[] };
      versionDiff: { fields: { name: string; parts: { kind: string; text: string }[] }[] };
      question: { id: string; slug: string };
    }>(
      `query ($id: ID!) {
         versions(kind: QUESTION, id: $id) { nodes { version changedBy current } }
         versionDiff(kind: QUESTION, id: $id, from: 1) { fields { name parts { kind text } } }
         question(slug: "the-first-text") { id slug }
       }`,
      { id },
    );
    expect(data.versions.nodes).toEqual([
      { version: 2, changedBy: 'admin', current: true },
      { version: 1, changedBy: 'admin', current: false },
    ]);
    expect(data.versionDiff.fields.map(({ name }) => name)).toEqual(['slug', 'text']);
    expect(data.question).toEqual({ id, slug: 'a-new-address' });
    const restored = await change(
      `mutation ($id: ID!) { restoreQuestionVersion(id: $id, expectedVersion: 2, version: 1) ${changed} }`,
      { id },
    );
    expect(restored.question).toMatchObject({ version: 3, text: 'The first text', slug: 'a-new-address' });
  });

  it('deletes, takes back, and publishes at a date', async () => {
    const { id } = await create('Soon to be seen?');
    const run = (name: string, version: number, more = '') =>
      change(`mutation ($id: ID!) { ${name}(id: $id, expectedVersion: ${version}${more}) ${changed} }`, { id });
    await run('deleteQuestion', 1);
    expect((await run('undeleteQuestion', 2)).question).toMatchObject({ state: 'DRAFT', version: 3 });
    const publishAt = new Date(Date.now() + 1_500).toISOString();
    expect((await run('scheduleQuestion', 3, `, publishAt: "${publishAt}"`)).question).toMatchObject({ version: 4 });
    for (const deadline = Date.now() + 60_000; ;) {
      const { data } = await stack.graphql<{ question: { changedBy: string | null } | null }>(
        'query ($id: ID!) { question(id: $id) { id } }',
        { id },
        null,
      );
      if (data.question !== null) break;
      expect(Date.now()).toBeLessThan(deadline);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });

  it('imports the pages of a blog, shows them as safe HTML, and lets readers vote', async () => {
    mkdirSync(join(folder, 'blog'));
    writeFileSync(
      join(folder, 'blog', 'post.html'),
      `<html><title>Blog</title><h2 id="q">Why is it safe?</h2><p>Since <b>nothing</b> &lt;script&gt;alert(1)&lt;/script&gt; runs.</p>`,
    );
    const imported = await stack.cli(['import', join(folder, 'blog'), '--json']);
    expect(imported.code).toBe(0);
    expect(JSON.parse(imported.stdout)).toMatchObject({ created: 1, failed: 0 });
    const { data } = await stack.graphql<{
      questions: { nodes: { answers: { id: string; bodyHtml: string; score: number }[] }[] };
    }>('{ questions(filter: { source: "blog" }) { nodes { answers { id bodyHtml score } } } }');
    const [answer] = data.questions.nodes[0].answers;
    expect(answer.bodyHtml).toBe('<p>Since <strong>nothing</strong> &lt;script&gt;alert(1)&lt;/script&gt; runs.</p>\n');
    const voted = await stack.graphql<{ voteOnAnswer: { answer: { helpful: number; score: number } } }>(
      `mutation ($id: ID!) { voteOnAnswer(answerId: $id, input: { helpful: true, voter: "ann" }) { answer { helpful score } } }`,
      { id: answer.id },
    );
    expect(voted.data.voteOnAnswer.answer).toEqual({ helpful: 1, score: 0.6 });
    const similar = await stack.graphql<{ similarQuestions: { questions: { duplicate: boolean }[] } }>(
      '{ similarQuestions(text: "why is it saf") { questions { duplicate question { text } } } }',
    );
    expect(similar.data.similarQuestions.questions[0]).toMatchObject({ question: { text: 'Why is it safe?' } });
  });

  it('merges topics and undoes it, and lists what waits for a person, from the command line', async () => {
    const file = join(folder, 'topics.tsv');
    writeFileSync(file, 'id\ttext\ttopic\n1\tWhere is my card?\tcards\n2\tWhere is my money?\tmoney\n3\tWhat now?\t\n');
    expect((await stack.cli(['import', file])).code).toBe(0);
    const merged = await stack.cli(['topics', 'merge', 'cards', '--into', 'money', '--json']);
    expect(merged.stderr).toBe('');
    const { id, labels } = JSON.parse(merged.stdout) as { id: string; labels: number };
    expect(labels).toBe(1);
    expect((await stack.cli(['topics'])).stdout).toContain('Money (money): 2 questions');
    expect((await stack.cli(['topics', 'undo', id])).code).toBe(0);
    expect((await stack.cli(['topics', 'move', 'cards', '--below', 'money'])).code).toBe(0);
    expect((await stack.cli(['topics'])).stdout).toContain('  Cards (cards): 1 question');
    const queue = await stack.cli(['review']);
    expect(queue.stdout).toContain('What now?');
    expect(queue.stdout).not.toContain('Where is my card?');
  });
});
