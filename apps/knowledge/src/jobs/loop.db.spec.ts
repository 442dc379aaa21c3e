/**
 * The loop with the real programs: embed, train, promote, classify, cluster, decide, train again. Then a worker is
 * killed in the middle of an embed job.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromVectors, type ClusteringClient, type InferenceClient } from '@cairn/contracts';
import { filter, firstValueFrom, lastValueFrom, tap } from 'rxjs';
import { findEncoderInUse } from '../embedding/encoder-in-use.js';
import { buildIndex, dropIndex, hasIndex } from '../embedding/hnsw-index.js';
import { readVectors } from '../embedding/stored-vectors.js';
import type { TestDatabase } from '../persistence/test-database.js';
import { startProgram } from '../persistence/test-program.js';
import { writeLabels } from '../questions/effective-label.js';
import { ClusterJob } from '../suggestions/cluster-job.js';
import { acceptSuggestion, mergeSuggestion, rejectSuggestion } from '../suggestions/decide-suggestion.js';
import type { SuggestionRecord } from '../suggestions/suggestion-record.js';
import { findHeadInUse } from '../training/head-in-use.js';
import { promoteHead, repairPromotion } from '../training/promote-head.js';
import type { RunningJob } from './job-handler.js';
import type { JobInputs, JobKind } from './job-record.js';
import { testAdmin, TestLoop } from './test-loop.js';
import { JobWatch } from './watch-jobs.js';

jest.setTimeout(60_000);

const content = join(__dirname, '..', '..', '..', '..', 'content', 'incoming');

/** Rows of a file of the starter content, without its header. */
function rowsOf(file: string): string[][] {
  const lines = readFileSync(join(content, file), 'utf8').trim().split('\n');
  return lines.slice(1).map((line) => line.split('\t'));
}

describe('the loop', () => {
  let loop: TestLoop;
  let test: TestDatabase;
  let inference: InferenceClient;
  let clustering: ClusteringClient;
  /** Topic of each question that Cairn was not told, by question id. */
  const truth = new Map<string, string>();

  beforeAll(async () => {
    loop = await TestLoop.start();
    ({ test, inference, clustering } = loop);
  }, 120_000);
  afterAll(() => loop?.stop(), 60_000);

  const start = <K extends JobKind>(kind: K, input: JobInputs[K]) => loop.start(kind, input);
  const run = <K extends JobKind>(kind: K, input: JobInputs[K]) => loop.run(kind, input);
  const countOf = (sql: string) => loop.countOf(sql);
  const suggestions = (state: string) =>
    test.database.rows<SuggestionRecord>('SELECT * FROM suggestion WHERE state = $1 ORDER BY size DESC', [state]);
  const cluster = (parameters: Partial<JobInputs['cluster']['parameters']>) =>
    run('cluster', { parameters: { scope: 'unknown', ...parameters } });

  it('says what is missing before there is anything to learn from', async () => {
    expect(await run('classify', { again: false })).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    const clustered = await cluster({});
    expect(clustered.error).toEqual({ code: 'INVALID_INPUT', message: expect.stringContaining('classify first') });
    const trained = await run('train', { promoteIfBetter: true });
    expect(trained.error?.message).toContain('there are 0 labels of 0 topics');
  });

  it('embeds every question once', async () => {
    const labels = new Map(rowsOf('labels.tsv').map(([id, topic, use]) => [id, { topic, use }]));
    const { database } = test;
    const questions = rowsOf('questions.tsv');
    const inserted = await database.rows<{ id: string; external_id: string }>(
      `INSERT INTO question (slug, text, state, source, external_id)
       SELECT 'q-' || place, text, 'incoming', 'test', external_id
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (external_id, text, place)
       ORDER BY place RETURNING id, external_id`,
      [questions.map(([id]) => id), questions.map(([, text]) => text)],
    );
    const known = [...new Set([...labels.values()].filter(({ use }) => use === 'label').map(({ topic }) => topic))];
    const topics = await database.rows<{ id: string; slug: string }>(
      'INSERT INTO topic (slug, title) SELECT slug, slug FROM unnest($1::text[]) AS slug RETURNING id, slug',
      [known.sort()],
    );
    const topicId = new Map(topics.map(({ id, slug }) => [slug, id]));
    const labelled = inserted.filter(({ external_id: id }) => labels.get(id)!.use === 'label');
    for (const { id, external_id: externalId } of inserted) {
      const { topic, use } = labels.get(externalId)!;
      if (use !== 'label') truth.set(id, topic);
    }
    await database.transaction((sql) =>
      writeLabels(sql, {
        questionIds: labelled.map(({ id }) => id),
        topicIds: labelled.map(({ external_id: id }) => topicId.get(labels.get(id)!.topic)!),
        saidBy: 'import',
        actor: 'test',
      }),
    );
    const job = await run('embed', {});
    expect(job).toMatchObject({ state: 'succeeded', result: { embedded: questions.length, failed: 0 } });
    expect(await countOf('FROM embedding')).toBe(questions.length);
    expect(await run('embed', {})).toMatchObject({ result: { embedded: 0, failed: 0, tokens: 0 } });
  }, 60_000);

  it('stores the vectors that inference gives', async () => {
    const encoder = (await findEncoderInUse(test.database))!;
    const { value } = await readVectors<{ text: string }>(test.database, encoder, {
      columns: ', q.text',
      where: 'true',
    }).next();
    const { rows, matrix } = value!;
    const { vectors } = await inference.embed({
      texts: (rows as readonly { text: string }[]).slice(0, 20).map(({ text }) => text),
    });
    fromVectors(vectors!).forEach((component, i) => expect(matrix[i]).toBeCloseTo(component, 4));
  });

  it('embeds a text again after it has changed', async () => {
    const { database } = test;
    await database.rows(`UPDATE question SET text = text || ' please' WHERE external_id = 'incoming/0001'`);
    expect(await run('embed', {})).toMatchObject({ result: { embedded: 1 } });
    expect(
      await countOf('FROM question q JOIN embedding e ON e.question_id = q.id WHERE e.text_hash <> md5(q.text)'),
    ).toBe(0);
  });

  it('searches through an index as exactly as without', async () => {
    const { database } = test;
    const encoder = (await findEncoderInUse(database))!;
    const nearest = () =>
      database.rows<{ question_id: string }>(
        `SELECT question_id FROM embedding WHERE encoder = ${encoder.id}
         ORDER BY (vector::vector(${encoder.provenance.dimension})) <=>
           (SELECT vector FROM embedding ORDER BY question_id LIMIT 1)::vector(${encoder.provenance.dimension}) LIMIT 5`,
      );
    const exact = await nearest();
    const job = { progress: () => {}, holdFor: (_seconds: number, work: () => Promise<unknown>) => work() };
    await buildIndex(database, 'embedding', encoder, 680, job as unknown as RunningJob);
    expect(await hasIndex(database, 'embedding', encoder)).toBe(true);
    expect(await nearest()).toEqual(exact);
    await dropIndex(database, 'embedding', encoder);
    expect(await hasIndex(database, 'embedding', encoder)).toBe(false);
  });

  it('trains a head, puts it in use and classifies what is left', async () => {
    const trained = await run('train', { promoteIfBetter: true });
    expect(trained).toMatchObject({ state: 'succeeded', result: { promoted: true } });
    const head = (await findHeadInUse(test.database))!;
    expect(head.figures.figures!.accuracy).toBeGreaterThan(0.7);
    expect((await inference.listHeads({})).heads.find(({ inUse }) => inUse)?.id).toBe(head.id);
    const job = await run('classify', { again: false });
    expect(job).toMatchObject({ state: 'succeeded', result: { classified: await countOf('FROM question') } });
    expect(await run('classify', { again: false })).toMatchObject({ result: { classified: 0 } });
    // Known: a label by the model; unknown: none.
    const wrong = `FROM classification c JOIN question q ON q.id = c.question_id
      LEFT JOIN label ON label.question_id = q.id AND label.said_by = 'model'
      WHERE c.unknown = (label.question_id IS NOT NULL)`;
    expect(await countOf(wrong)).toBe(0);
    expect(await countOf('FROM classification WHERE unknown')).toBeGreaterThan(50);
  }, 60_000);

  it('gives the same head for the same labels', async () => {
    const before = (await findHeadInUse(test.database))!;
    const again = await run('train', { promoteIfBetter: false });
    expect(again).toMatchObject({ result: { headId: before.id, promoted: false } });
    expect(await countOf('FROM trained_head')).toBe(1);
  });

  it('brings together a promotion that ended half-way', async () => {
    const { database } = test;
    const [first] = [(await findHeadInUse(database))!];
    const other = (await run('train', { seed: 7, promoteIfBetter: false })).result as { headId: string };
    await inference.promoteHead({ id: other.headId });
    await repairPromotion(database, inference, testAdmin);
    expect((await findHeadInUse(database))!.id).toBe(other.headId);
    const why = { cause: 'person', reason: 'ada promoted it', actor: 'ada' } as const;
    await promoteHead(database, inference, first.id, why, testAdmin);
    expect((await findHeadInUse(database))!.id).toBe(first.id);
    expect(await countOf(`FROM trained_head WHERE state = 'retired'`)).toBe(1);
    await expect(promoteHead(database, inference, 'nobody', why, testAdmin)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('clusters the unknown into named suggestions, once per job', async () => {
    const job = await cluster({ seed: 1 });
    expect(job).toMatchObject({ state: 'succeeded' });
    const pending = await suggestions('pending');
    expect(pending.length).toBeGreaterThanOrEqual(3);
    for (const { title, keywords, exemplar_ids: exemplars, nearest_topics: near, size } of pending) {
      expect(title).not.toMatch(/^Cluster \d/);
      expect(keywords.length).toBeGreaterThan(2);
      expect(exemplars.length).toBeGreaterThan(0);
      expect(near).toHaveLength(3);
      expect(near[0].distance).toBeLessThanOrEqual(near[2].distance);
      expect(size).toBeGreaterThanOrEqual(3);
    }
    const handler = new ClusterJob(test.database, inference, clustering);
    const again = await handler.run({ parameters: { scope: 'unknown' } }, { id: job.id } as RunningJob);
    expect(again).toEqual(job.result);
    expect(await countOf('FROM clustering')).toBe(1);
  });

  it('finds suggestions again by their ids, and does not offer again what was rejected', async () => {
    const { database } = test;
    const old = await suggestions('pending');
    const [rejected, ...others] = old;
    const reject = { id: rejected.id, expectedVersion: rejected.version, reason: 'too mixed' };
    await database.transaction((sql) => rejectSuggestion(sql, testAdmin, reject));
    await cluster({ seed: 1 });
    const pending = await suggestions('pending');
    expect(pending.map(({ id }) => id).sort()).toEqual(others.map(({ id }) => id).sort());
    expect((await suggestions('rejected')).map(({ id }) => id)).toEqual([rejected.id]);
    expect(await countOf(`FROM cluster_change WHERE kind = 'continued' AND overlap = 1 AND drift < 1e-6`)).toBe(
      await countOf(
        'FROM cluster JOIN clustering ON clustering.id = cluster.clustering_id WHERE previous_id IS NOT NULL',
      ),
    );
  });

  it('supersedes what a run over the same questions does not find, and finds it again later', async () => {
    const { database } = test;
    const before = await suggestions('pending');
    await cluster({ nClusters: 2 });
    const gone = await suggestions('superseded');
    expect(gone.length).toBeGreaterThan(0);
    const [superseded] = gone;
    const decision = { id: superseded.id, expectedVersion: superseded.version, reason: '' };
    await expect(database.transaction((sql) => rejectSuggestion(sql, testAdmin, decision))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await cluster({ seed: 1 });
    const after = await suggestions('pending');
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
  });

  it('accepts and merges, leaves out what is excluded, and learns the new topic', async () => {
    const { database } = test;
    const [accepted, merged] = await suggestions('pending');
    const members = await database.rows<{ question_id: string }>(
      'SELECT question_id FROM clustering_member WHERE clustering_id = $1 AND cluster_index = $2 ORDER BY distance',
      [accepted.clustering_id, accepted.cluster_index],
    );
    expect(members).toHaveLength(accepted.size);
    const excluded = members.at(-1)!.question_id;
    const accept = { id: accepted.id, expectedVersion: accepted.version, title: '', description: '' };
    const acceptWithout = (excludeQuestionIds: string[]) =>
      database.transaction((sql) => acceptSuggestion(sql, testAdmin, { ...accept, excludeQuestionIds }));
    await expect(acceptWithout([accepted.id])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(acceptWithout(members.map(({ question_id: id }) => id))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    await acceptWithout([excluded]);
    await expect(acceptWithout([])).rejects.toMatchObject({ code: 'CONFLICT' });
    const labelledAs = (topic: string) =>
      countOf(`FROM question WHERE topic_said_by = 'person' AND topic_id = '${topic}'`);
    const [{ topic_id: topicId }] = await suggestions('accepted');
    expect(await labelledAs(topicId!)).toBe(accepted.size - 1);
    const merge = { id: merged.id, expectedVersion: merged.version, topicId: topicId!, excludeQuestionIds: [] };
    await database.transaction((sql) => mergeSuggestion(sql, testAdmin, merge));
    expect(await labelledAs(topicId!)).toBe(accepted.size - 1 + merged.size);
    expect(await run('train', { promoteIfBetter: true })).toMatchObject({ result: { promoted: true } });
    expect((await findHeadInUse(database))!.figures.classes).toContain(topicId);
    const before = await countOf('FROM classification WHERE unknown');
    await run('classify', { again: false });
    expect(await countOf('FROM classification WHERE unknown')).toBeLessThan(before);
  }, 60_000);

  it('moves to a changed encoder: all vectors first, then one switch, then a new head', async () => {
    const { database } = test;
    const before = (await findEncoderInUse(database))!;
    await database.rows(`UPDATE encoder SET revision = 'another'`);
    const [{ id: headId }] = [(await findHeadInUse(database))!];
    expect(await run('embed', {})).toMatchObject({ result: { embedded: await countOf('FROM question') } });
    const after = (await findEncoderInUse(database))!;
    expect(after.id).not.toBe(before.id);
    expect(after.provenance).toEqual(before.provenance);
    expect(await countOf(`FROM embedding WHERE encoder = ${after.id}`)).toBe(await countOf('FROM question'));
    const refused = await run('classify', { again: false });
    expect(refused.error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(refused.error?.message).toContain('train a new head first');
    expect(await run('train', { seed: 3, promoteIfBetter: true })).toMatchObject({ result: { promoted: true } });
    expect((await findHeadInUse(database))!.id).not.toBe(headId);
    expect(await run('classify', { again: false })).toMatchObject({ state: 'succeeded' });
  }, 60_000);

  it('refuses more clusters than questions, and says that there is nothing to cluster', async () => {
    const refused = await cluster({ nClusters: 5000 });
    expect(refused.error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(refused.error?.message).toMatch(/5000 clusters .* has \d+ questions/);
    await test.database.rows('UPDATE classification SET unknown = false');
    const before = await suggestions('pending');
    const nothing = await cluster({});
    expect(nothing.error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(nothing.error?.message).toBe('There is nothing to cluster: no question is unknown.');
    expect(await suggestions('pending')).toEqual(before);
  });

  it('goes on where a killed worker stopped: no vector is missing, none is counted twice', async () => {
    await loop.stopWorker();
    const { database, url } = test;
    await database.rows('DELETE FROM embedding');
    // Enough to be in the middle of it when the first batches are stored.
    await database.rows(
      `INSERT INTO question (slug, text, state, source)
       SELECT slug || '-' || i, text || ' ' || i, 'incoming', 'more' FROM question, generate_series(1, 3) AS i
       WHERE source = 'test'`,
    );
    const total = await countOf('FROM question');
    const startWorkerProgram = () =>
      startProgram('knowledge/src/main.js', () => ({
        KNOWLEDGE_ROLE: 'worker',
        DATABASE_URL: url,
        DATABASE_KIND: database.kind,
        INFERENCE_ADDRESS: loop.inferenceProgram.address,
        CLUSTERING_ADDRESS: loop.clusteringProgram.address,
      }));
    const victim = await startWorkerProgram();
    const job = await start('embed', {});
    await firstValueFrom(new JobWatch(database).watch(job.id).pipe(filter(({ done }) => done > 0)));
    await victim.end('SIGKILL');
    const stored = await countOf('FROM embedding');
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(total);
    const successor = await startWorkerProgram();
    const attempts = new Set<number>();
    const watch = new JobWatch(database).watch(job.id).pipe(tap(({ attempt }) => attempts.add(attempt)));
    const ended = await lastValueFrom(watch);
    await successor.end('SIGTERM');
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 2, result: { embedded: total, failed: 0 } });
    expect([...attempts]).toEqual([1, 2]);
    expect(await countOf('FROM embedding')).toBe(total);
  }, 120_000);
});
