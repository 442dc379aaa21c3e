/** Discovery as an admin lives it, on the command line and through GraphQL: run, read, decide, take back, run again. */
import { Stack } from './support/stack.js';

jest.setTimeout(180_000);

interface Suggestion {
  id: string;
  title: string;
  size: number;
  state: string;
  version: number;
  lastDecisionId: string | null;
}

describe('discovery', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start();
    for (const args of [
      [
        ...['import', 'content/incoming/questions.tsv', '--labels', 'content/incoming/labels.tsv'],
        ...['--topics', 'content/questions/topics.tsv', '--source', 'incoming'],
      ],
      ['embed'],
      ['train', '--promote'],
      ['classify'],
    ])
      expect(await stack.cli(args)).toMatchObject({ code: 0 });
  });
  afterAll(() => stack?.stop());

  const cairn = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await stack.cli(args);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await cairn(...args, '--json')) as T;
  const ask = async <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const { data, errors } = await stack.graphql<T>(query, variables);
    expect(errors).toBeUndefined();
    return data;
  };
  const pending = () => json<Suggestion[]>('suggestions');
  const ids = (suggestions: readonly Suggestion[]) => suggestions.map(({ id }) => id).sort();

  it('prints a summary that a person can read', async () => {
    const printed = await cairn('cluster', '--k', '6');
    expect(printed).toMatch(/6 clusters of \d+ questions, silhouette 0\.\d\d/);
    expect(printed).toMatch(/noise: 0 \(0\.0 %\) in no cluster/);
    expect(printed).toMatch(/#\s+title\s+size\s+cohesion\s+silhouette\s+state\s+typical/);
    expect(printed).not.toContain('Since run');
    expect(printed).toMatch(/Made 6 suggestions from 6 clusters/);
  });

  it('finds the same suggestions again, with what was decided', async () => {
    const before = await pending();
    expect(before).toHaveLength(6);
    const [renamed, rejected] = before;
    await cairn('suggestions', 'rename', renamed.id, 'A name of my own');
    await cairn('suggestions', 'reject', rejected.id, '--reason', 'two things in one');
    const printed = await cairn('cluster', '--k', '6');
    expect(printed).toContain('the same: 6 clusters');
    expect(printed).toMatch(/continued, rejected/);
    const after = await pending();
    expect(ids(after)).toEqual(ids(before.filter(({ id }) => id !== rejected.id)));
    expect(after.find(({ id }) => id === renamed.id)?.title).toBe('A name of my own');
    expect(await cairn('suggestions', 'undo', rejected.id)).toMatch(/Undid "reject"/);
    expect(ids(await pending())).toEqual(ids(before));
  });

  it('accepts under a name, and takes it back with every label', async () => {
    const labelled = async () =>
      (await ask<{ status: { labelled: number; topics: number } }>('{ status { labelled topics } }')).status;
    const before = await labelled();
    const [suggestion] = await pending();
    const [above] = await json<{ slug: string }[]>('topics');
    await cairn('suggestions', 'accept', suggestion.id, '--title', 'Taken', '--parent', above.slug);
    const [taken] = (
      await ask<{ topics: { nodes: { title: string; parent: { slug: string } | null }[] } }>(
        '{ topics(first: 100) { nodes { title parent { slug } } } }',
      )
    ).topics.nodes.filter(({ title }) => title === 'Taken');
    expect(taken.parent).toEqual({ slug: above.slug });
    expect(await labelled()).toEqual({ labelled: before.labelled + suggestion.size, topics: before.topics + 1 });
    const decisions = await json<{ kind: string; titleAfter: string; undoneBy: string | null }[]>(
      ...['suggestions', 'decisions', suggestion.id],
    );
    expect(decisions[0]).toMatchObject({ kind: 'ACCEPT', titleAfter: 'Taken', undoneBy: null });
    expect(await cairn('suggestions', 'undo', suggestion.id)).toContain(`${suggestion.size} labels taken back`);
    expect(await labelled()).toEqual(before);
    const again = await ask<{ undoDecision: { decision: { undoneBy: string }; userErrors: unknown[] } }>(
      'mutation ($id: ID!) { undoDecision(suggestionId: $id) { decision { undoneBy } userErrors { code } } }',
      { id: suggestion.id },
    );
    expect(again.undoDecision).toEqual({ decision: { undoneBy: expect.any(String) as string }, userErrors: [] });
  });

  it('merges two suggestions, splits them, and takes both back', async () => {
    const before = await pending();
    const [a, b] = before;
    await cairn('suggestions', 'merge', a.id, '--into-suggestion', b.id);
    const joined = (await pending()).find(({ id }) => id === b.id)!;
    expect(joined.size).toBe(a.size + b.size);
    const parts = await json<Suggestion[]>('suggestions', 'split', b.id, '--parts', '2');
    expect(parts.map(({ size }) => size).reduce((sum, size) => sum + size)).toBe(joined.size);
    const refused = await stack.cli(['suggestions', 'undo', a.id]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/A later decision builds on this one/);
    await cairn('suggestions', 'undo', b.id);
    await cairn('suggestions', 'undo', a.id);
    const after = await pending();
    expect(ids(after)).toEqual(ids(before));
    expect(after.map(({ size }) => size).sort()).toEqual(before.map(({ size }) => size).sort());
  });

  it('lists, shows and compares runs, and gathers clusters', async () => {
    await cairn('cluster', '--k', '4', '--seed', '7', '--map', 'none');
    const runs = await json<{ id: string; nClusters: number }[]>('clusterings');
    expect(runs.map(({ nClusters }) => nClusters)).toEqual([4, 6, 6]);
    const shown = await cairn('clusterings', 'show', runs[0].id);
    expect(shown).toContain(`Since run ${runs[1].id}:`);
    expect(shown).toMatch(/merged: .* went into/);
    const compared = await cairn('clusterings', 'compare', runs[1].id, runs[0].id);
    expect(compared).toMatch(/ARI 0\.\d{3}, NMI 0\.\d{3}; \d+ questions? moved/);
    const same = await json<{ ari: number; moved: number }>('clusterings', 'compare', runs[2].id, runs[1].id);
    expect(same).toMatchObject({ ari: 1, moved: 0 });
    expect(await cairn('clusterings', 'tree', runs[1].id, '--groups', '3')).toMatch(/^3 groups, average linkage/);

    const { clusterMembers, clusteringMap } = await ask<{
      clusterMembers: { totalCount: number; nodes: { clusterIndex: number; question: { text: string } }[] };
      clusteringMap: { totalCount: number; points: { x: number; y: number }[]; nextAfter: number };
    }>(
      `query ($id: ID!) {
         clusterMembers(clusteringId: $id, clusterIndex: 0, first: 5) {
           totalCount nodes { clusterIndex distance question { text } } }
         clusteringMap(clusteringId: $id, first: 10) { totalCount nextAfter points { questionId clusterIndex x y } }
       }`,
      { id: runs[1].id },
    );
    expect(clusterMembers.nodes.map(({ clusterIndex }) => clusterIndex)).toEqual([0, 0, 0, 0, 0]);
    expect(clusteringMap.points).toHaveLength(10);
    expect(clusteringMap.nextAfter).toBe(10);
  });

  it('clusters a part of the questions', async () => {
    const printed = await cairn('cluster', '--scope', 'all', '--text', 'ssh', '--k', '2');
    expect(printed).toMatch(/all questions with "ssh"/);
    const sized = await cairn('cluster', '--k', '4', '--smallest', '10', '--seeding', 'parallel', '--map', 'none');
    expect(sized).toMatch(/4 clusters of \d+ questions/);
    const guided = await cairn('cluster', '--guided', '--known', 'warm', '--map', 'none');
    expect(guided).toMatch(/\d+ clusters( \(from \d+ to \d+ would fit about as well\))? of \d+ questions/);
    const [run] =
      await json<{ parameters: object; candidates: { nClusters: number }[]; kLow: number }[]>('clusterings');
    expect(run.parameters).toMatchObject({ guided: true, knownTopics: 'WARM' });
    expect(run.candidates.length).toBeGreaterThan(5);
    expect(run.kLow).toBeGreaterThanOrEqual(2);
    const dense = await cairn('cluster', '--algorithm', 'hdbscan', '--hdbscan-min-cluster-size', '5', '--map', 'umap');
    expect(dense).toMatch(/noise: \d+ \(/);
    const linked = await cairn(
      'cluster',
      '--algorithm',
      'hierarchical',
      '--linkage',
      'average',
      '--k',
      '5',
      '--map',
      'none',
    );
    expect(linked).toMatch(/5 clusters of/);
  });

  it('says that there is nothing to cluster, and what cannot be met, and makes no run', async () => {
    const runs = (await json<unknown[]>('clusterings')).length;
    for (const [args, message] of [
      [
        ['--scope', 'all', '--source', 'nobody'],
        /There is nothing to cluster: no question meets the conditions; look at source/,
      ],
      [['--k', '4', '--smallest', '9999'], /4 clusters of at least 9999 need more than the \d+ questions there are/],
      [['--algorithm', 'hdbscan', '--hdbscan-min-samples', '99999'], /hdbscanMinSamples is 99999/],
    ] as const) {
      const { code, stderr } = await stack.cli(['cluster', ...args]);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
    }
    expect(await json<unknown[]>('clusterings')).toHaveLength(runs);
  });

  it.each([
    [['cluster', '--k', '1'], 2],
    [['cluster', '--algorithm', 'magic'], 2],
    [['cluster', '--from', 'yesterday'], 2],
    [['cluster', '--topic', 'no-such-topic'], 1],
    [['cluster', '--linkage', 'ward'], 2],
    [['cluster', '--smallest', '5', '--algorithm', 'hdbscan'], 2],
    [['suggestions', 'accept', '00000000-0000-4000-8000-000000000000', '--parent', 'no-such-topic'], 1],
    [['clusterings', 'show', '00000000-0000-4000-8000-000000000000'], 1],
    [['suggestions', 'undo', '00000000-0000-4000-8000-000000000000'], 1],
    [['suggestions', 'merge', '00000000-0000-4000-8000-000000000000'], 2],
  ])('says in one line what is wrong with %j', async (args, expected) => {
    const { code, stderr } = await stack.cli(args);
    expect(code).toBe(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
