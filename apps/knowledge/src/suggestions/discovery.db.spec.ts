/**
 * Clusters that keep their identity, and decisions that can be undone, with the real programs. The vectors are made here
 * so that it is known what belongs together: groups around random directions.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createClusteringClient,
  createInferenceClient,
  type ClusteringClient,
  type InferenceClient,
  type knowledgeV1,
} from '@cairn/contracts';
import { adjustedRandIndex, normalizedMutualInformation, normalizeRows, Random } from '@cairn/numerics';
import { createLogger } from '@cairn/service-kit';
import { filter, firstValueFrom, lastValueFrom } from 'rxjs';
import type { Caller } from '../access/caller.js';
import { ClassifyJob } from '../classification/classify-job.js';
import { storeVerdicts } from '../classification/store-verdicts.js';
import { EmbedJob } from '../embedding/embed-job.js';
import { registerEncoder, type EncoderRecord } from '../embedding/encoder-in-use.js';
import { encodeVector } from '../embedding/vector-codec.js';
import type { JobRecord } from '../jobs/job-record.js';
import { cancelJob, createJob } from '../jobs/job-store.js';
import { JobWorker } from '../jobs/job-worker.js';
import { openPgBossQueue } from '../jobs/pg-boss-queue.js';
import type { JobQueue } from '../jobs/queue.js';
import { JobWatch } from '../jobs/watch-jobs.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { startProgram, type TestProgram } from '../persistence/test-program.js';
import { writeLabels } from '../questions/effective-label.js';
import { FineTuneJob } from '../training/fine-tune-job.js';
import { TrainJob } from '../training/train-job.js';
import { ClusterJob } from './cluster-job.js';
import { compareClusterings, listMovedQuestions } from './compare-runs.js';
import { acceptSuggestion, mergeSuggestion, rejectSuggestion, renameSuggestion } from './decide-suggestion.js';
import { cutClustering, listClusterChanges, listClusterMembers, listClusters, listMapPoints } from './read-run.js';
import { readSuggestions, suggestionQuestions } from './read-suggestions.js';
import { splitSuggestion } from './split-suggestion.js';
import type { ListedSuggestion } from './suggestion-record.js';
import { undoDecision } from './undo-decision.js';

const logger = createLogger('test', 'silent');
jest.setTimeout(90_000);

const admin: Caller = { requestId: 'test', actor: 'ada', role: 'admin' };
const words = ['volcano', 'saffron', 'harbour', 'sextant', 'marzipan', 'glacier', 'trombone', 'orchard'];
const page = { first: 100, withTotal: true };
const nowhere = '00000000-0000-4000-8000-000000000000';
const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field ? { details: { field } } : {}) }) as unknown;

describe('discovery', () => {
  let test: TestDatabase;
  let inferenceProgram: TestProgram;
  let clusteringProgram: TestProgram;
  let inference: InferenceClient;
  let clustering: ClusteringClient;
  let queue: JobQueue;
  let worker: JobWorker;
  let encoder: EncoderRecord;
  let directions: Float32Array[];
  const random = new Random(11);
  const models = mkdtempSync(join(tmpdir(), 'cairn-models-'));

  beforeAll(async () => {
    test = await startTestDatabase();
    [inferenceProgram, clusteringProgram] = await Promise.all([
      startProgram('inference/src/main.js', (port) => ({
        INFERENCE_ADDRESS: `127.0.0.1:${port}`,
        MODEL_STORE: models,
      })),
      startProgram('clustering/src/main.js', (port) => ({ CLUSTERING_ADDRESS: `127.0.0.1:${port}` })),
    ]);
    inference = createInferenceClient(inferenceProgram.address);
    clustering = createClusteringClient(clusteringProgram.address);
    queue = await openPgBossQueue(test.database, true, logger);
    const { database } = test;
    const handlers = {
      embed: new EmbedJob(database, inference),
      classify: new ClassifyJob(database, inference),
      cluster: new ClusterJob(database, inference, clustering),
      train: new TrainJob(database, inference),
      fineTune: new FineTuneJob(database, inference),
    };
    worker = new JobWorker(database, await openPgBossQueue(database, true, logger), handlers as never, logger);
    await worker.start();
    const { provenance } = await inference.getModel({ id: '' });
    encoder = await database.transaction((sql) => registerEncoder(sql, provenance!));
    await database.rows('UPDATE encoder SET in_use = true');
    await database.rows(
      `INSERT INTO trained_head (id, state, encoder, figures, seed) VALUES ('h', 'in_use', $1, '{}', 1)`,
      [encoder.id],
    );
    directions = words.map(() => direction());
    // Five groups to begin with: 60, 50, 40, 30 and 20 questions.
    for (const [group, count] of [60, 50, 40, 30, 20].entries()) await ask(group, count);
  }, 120_000);
  afterAll(async () => {
    await worker?.stop();
    await queue?.close();
    inference?.close();
    clustering?.close();
    await Promise.all([inferenceProgram?.end('SIGTERM'), clusteringProgram?.end('SIGTERM')]);
    await test?.stop();
    rmSync(models, { recursive: true, force: true });
  }, 60_000);

  function direction(): Float32Array {
    const { dimension } = encoder.provenance;
    const vector = Float32Array.from({ length: dimension }, () => random.normal());
    normalizeRows(vector, dimension);
    return vector;
  }

  /** A unit vector whose cosine to `centre` is about 0.9. */
  function near(centre: Float32Array): Float32Array {
    const { dimension } = encoder.provenance;
    const spread = 0.45 / Math.sqrt(dimension);
    const vector = centre.map((component) => component + spread * random.normal());
    normalizeRows(vector, dimension);
    return vector;
  }

  /** Stores unknown questions of a group with their vectors. @returns their ids */
  async function ask(group: number, count: number, vector = () => near(directions[group])): Promise<string[]> {
    const { dimension } = encoder.provenance;
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const [{ id }] = await test.database.rows<{ id: string }>(
        `INSERT INTO question (slug, text, state, source)
         SELECT 'q-' || n, 'Which ' || $1 || ' is best for case ' || n || '?', 'incoming', 'test'
         FROM (SELECT count(*) AS n FROM question) AS counted RETURNING id`,
        [words[group]],
      );
      await test.database.rows(
        `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
         SELECT $1, id, md5(text), $3::vector, 5, false FROM question WHERE id = $2`,
        [encoder.id, id, encodeVector(vector(), 0, dimension)],
      );
      ids.push(id);
    }
    await test.database.rows(
      `INSERT INTO classification (question_id, head_id, text_hash, unknown, confidence)
       SELECT id, 'h', md5(text), true, 0.3 FROM question WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
    return ids;
  }

  const start = async (parameters: Partial<knowledgeV1.ClusteringParameters>): Promise<JobRecord> => {
    const input = { parameters: { map: 'none', scope: 'unknown', ...parameters } };
    const job = await createJob(test.database, admin, { kind: 'cluster', input }, '');
    await queue.send(job.id);
    return job;
  };
  const run = async (parameters: Partial<knowledgeV1.ClusteringParameters>): Promise<JobRecord> =>
    lastValueFrom(new JobWatch(test.database).watch((await start(parameters)).id));
  /** @returns the id of the finished clustering */
  const cluster = async (parameters: Partial<knowledgeV1.ClusteringParameters> = { nClusters: 5 }): Promise<string> => {
    const job = await run(parameters);
    expect(job).toMatchObject({ state: 'succeeded', error: null });
    return (job.result as knowledgeV1.ClusterResult).clusteringId;
  };
  const all = async () =>
    readSuggestions(
      test.database,
      (await test.database.rows<{ id: string }>('SELECT id FROM suggestion')).map(({ id }) => id),
    );
  const pending = async () =>
    (await all()).filter(({ state }) => state === 'pending').sort((a, b) => b.size - a.size || b.seq - a.seq);
  /** The suggestion of a group of questions. */
  const about = async (group: number, state = 'pending'): Promise<ListedSuggestion> => {
    const found = (await all()).find(
      (suggestion) => suggestion.state === state && suggestion.keywords.join(' ').includes(words[group]),
    );
    if (found === undefined) throw new Error(`No suggestion that is ${state} is about ${words[group]}.`);
    return found;
  };
  const membersOf = async (id: string) =>
    (
      await test.database.rows<{ id: string }>(
        `SELECT question_id AS id FROM ${suggestionQuestions} WHERE suggestion_id = $1 ORDER BY 1`,
        [id],
      )
    ).map((row) => row.id);
  const countOf = async (sql: string) => (await test.database.rows<{ n: number }>(`SELECT count(*) AS n ${sql}`))[0].n;
  const seen = ({ id, version }: ListedSuggestion) => ({ id, expectedVersion: version });
  const accept = (suggestion: ListedSuggestion, more: object = {}) =>
    test.database.transaction((sql) =>
      acceptSuggestion(sql, admin, {
        ...{ ...seen(suggestion), title: '', description: '', excludeQuestionIds: [] },
        ...more,
      }),
    );
  const merge = (suggestion: ListedSuggestion, into: { topicId?: string; suggestionId?: string }) =>
    test.database.transaction((sql) =>
      mergeSuggestion(sql, admin, { ...seen(suggestion), topicId: '', excludeQuestionIds: [], ...into }),
    );
  const reject = (suggestion: ListedSuggestion) =>
    test.database.transaction((sql) => rejectSuggestion(sql, admin, { ...seen(suggestion), reason: 'no topic' }));
  const rename = (suggestion: ListedSuggestion, title: string) =>
    test.database.transaction((sql) => renameSuggestion(sql, admin, { ...seen(suggestion), title }));
  const split = (suggestion: ListedSuggestion, parts: number) =>
    splitSuggestion(test.database, clustering, admin, { ...seen(suggestion), parts });
  const undo = (suggestionId: string) =>
    test.database.transaction((sql) => undoDecision(sql, admin, { id: '', suggestionId }));
  /** Everything a decision touches, without versions and times. */
  const snapshot = async () => ({
    labels: await test.database.rows('SELECT question_id, said_by, topic_id, actor FROM label ORDER BY 1, 2'),
    questions: await test.database.rows('SELECT id, topic_id, topic_said_by FROM question ORDER BY 1'),
    topics: await test.database.rows('SELECT id, slug, title, state FROM topic ORDER BY 1'),
    suggestions: (
      await test.database.rows<object>(
        `SELECT to_jsonb(suggestion) - 'version' AS row FROM suggestion
         WHERE parent_id IS NULL OR state <> 'superseded' ORDER BY id`,
      )
    ).map((row) => row),
    members: await test.database.rows(
      `SELECT suggestion_id, question_id FROM ${suggestionQuestions}
       JOIN suggestion ON suggestion.id = suggestion_id WHERE state <> 'superseded' ORDER BY 1, 2`,
    ),
  });
  const kinds = async (clusteringId: string) => {
    const { changes } = await listClusterChanges(test.database, clusteringId, page);
    return changes.map(({ kind }) => kind).sort();
  };

  it('finds the groups, names them, and keeps every figure of the run', async () => {
    const id = await cluster();
    const { clusters, pageInfo } = await listClusters(test.database, id, page);
    expect(clusters.map(({ size }) => size)).toEqual([60, 50, 40, 30, 20]);
    expect(pageInfo!.total).toBe(5);
    for (const [group, { title, cohesion, exemplarIds }] of clusters.entries()) {
      expect(title.toLowerCase()).toContain(words[group]);
      expect(cohesion).toBeGreaterThan(0.8);
      expect(exemplarIds).toHaveLength(5);
    }
    const { members } = await listClusterMembers(test.database, id, 4, page);
    expect(members).toHaveLength(20);
    expect(new Set(members.map(({ clusterIndex }) => clusterIndex))).toEqual(new Set([4]));
    expect(await countOf(`FROM clustering_member WHERE clustering_id = '${id}'`)).toBe(200);
    expect((await pending()).map(({ size }) => size)).toEqual([60, 50, 40, 30, 20]);
  });

  it('is the same suggestion in the next run, with what was decided and named', async () => {
    const [rejected, renamed] = [await about(3), await about(2)];
    await reject(rejected);
    await rename(renamed, 'Harbours and ports');
    await ask(0, 10);
    const before = await all();
    const id = await cluster();
    const after = await all();
    expect(after.map((suggestion) => suggestion.id).sort()).toEqual(before.map((suggestion) => suggestion.id).sort());
    expect(await kinds(id)).toEqual(Array.from({ length: 5 }, () => 'continued'));
    const { changes } = await listClusterChanges(test.database, id, page);
    for (const { overlap, drift } of changes) {
      expect(overlap).toBe(1);
      expect(drift).toBeLessThan(0.01);
    }
    expect(await about(0)).toMatchObject({ size: 70, clustering_id: id });
    expect(await about(2)).toMatchObject({ title: 'Harbours and ports', renamed: true, clustering_id: id });
    expect(await about(3, 'rejected')).toMatchObject({ id: rejected.id, version: rejected.version + 1 });
    const { clusters } = await listClusters(test.database, id, page);
    expect(clusters.map(({ suggestionId }) => suggestionId)).toContain(rejected.id);
  });

  it('shows the newest figures when a rejection is undone', async () => {
    const rejected = await about(3, 'rejected');
    await undo(rejected.id);
    const [last] = await test.database.rows<{ id: string }>('SELECT id FROM clustering ORDER BY seq DESC LIMIT 1');
    expect(await about(3)).toMatchObject({ id: rejected.id, clustering_id: last.id, decided_by: null, reason: '' });
  });

  it('tells births, splits, mergers and deaths', async () => {
    await ask(5, 25);
    const born = await cluster({ nClusters: 6 });
    expect(await kinds(born)).toEqual([...Array.from({ length: 5 }, () => 'continued'), 'born'].sort());
    const merged = await cluster({ nClusters: 3 });
    expect((await kinds(merged)).filter((kind) => kind === 'merged')).toHaveLength(3);
    const again = await cluster({ nClusters: 6 });
    expect((await kinds(again)).filter((kind) => kind === 'split').length).toBeGreaterThan(0);
    const gone = await test.database.rows<{ id: string }>(
      `UPDATE question SET state = 'archived' WHERE text LIKE '%${words[5]}%' RETURNING id`,
    );
    expect(gone).toHaveLength(25);
    const died = await cluster();
    const { changes } = await listClusterChanges(test.database, died, page);
    expect(changes.filter(({ kind }) => kind === 'died').map(({ previousTitle }) => previousTitle)).toEqual([
      expect.stringMatching(new RegExp(words[5], 'i')),
    ]);
    expect((await pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
  });

  it('accepts and takes it back exactly; the same again changes nothing', async () => {
    const suggestion = await about(1);
    const before = await snapshot();
    await accept(suggestion, { idempotencyKey: 'once' });
    await accept(suggestion, { idempotencyKey: 'once' });
    const accepted = await about(1, 'accepted');
    expect(await countOf(`FROM question WHERE topic_id = '${accepted.topic_id}' AND topic_said_by = 'person'`)).toBe(
      50,
    );
    expect(await countOf('FROM suggestion_decision WHERE undone_at IS NULL AND kind = $$accept$$')).toBe(1);
    await undo(accepted.id);
    expect(await snapshot()).toEqual(before);
    await undo(accepted.id);
    expect(await snapshot()).toEqual(before);
    expect((await all()).find(({ id }) => id === accepted.id)!.version).toBe(suggestion.version + 2);
  });

  it('does not take back what somebody has built on', async () => {
    const { database } = test;
    await accept(await about(1));
    const accepted = await about(1, 'accepted');
    const [member] = await membersOf(accepted.id);
    const [{ id: otherTopic }] = await database.rows<{ id: string }>(
      `INSERT INTO topic (slug, title) VALUES ('other', 'Other') RETURNING id`,
    );
    const label = (topicId: string, actor: string, questionId = member) =>
      database.transaction((sql) =>
        writeLabels(sql, { questionIds: [questionId], topicIds: [topicId], saidBy: 'person', actor }),
      );
    const before = await snapshot();
    await label(otherTopic, 'bob');
    await expect(undo(accepted.id)).rejects.toThrow('1 of its questions have been labelled anew');
    await label(accepted.topic_id!, 'ada');
    expect(await snapshot()).toEqual(before);

    const [outsider] = await membersOf((await about(4)).id);
    await label(accepted.topic_id!, 'bob', outsider);
    await expect(undo(accepted.id)).rejects.toThrow('1 other labels use it');
    await database.transaction(async (sql) => {
      await sql.rows(`DELETE FROM label WHERE question_id = $1`, [outsider]);
      await sql.rows(`UPDATE question SET topic_id = NULL, topic_said_by = NULL WHERE id = $1`, [outsider]);
    });

    const merged = await about(4);
    await merge(merged, { topicId: accepted.topic_id! });
    await expect(undo(accepted.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await undo(merged.id);
    expect(await about(4)).toMatchObject({ topic_id: null });

    await database.rows(`UPDATE topic SET title = 'Spices', version = version + 1 WHERE id = $1`, [accepted.topic_id]);
    await expect(undo(accepted.id)).rejects.toThrow('it was changed since');
    await database.rows(`UPDATE topic SET title = $2, version = 1 WHERE id = $1`, [accepted.topic_id, accepted.title]);
    await undo(accepted.id);
    expect(await countOf(`FROM topic`)).toBe(1);
    await expect(undo(nowhere)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(
      database.transaction((sql) => undoDecision(sql, admin, { id: nowhere, suggestionId: '' })),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('merges into a topic and into a suggestion, and takes both back', async () => {
    const [{ id: topicId }] = await test.database.rows<{ id: string }>(`SELECT id FROM topic WHERE slug = 'other'`);
    const before = await snapshot();
    await merge(await about(4), { topicId });
    expect(await countOf(`FROM label WHERE topic_id = '${topicId}'`)).toBe(20);
    await undo((await about(4, 'merged')).id);
    expect(await snapshot()).toEqual(before);

    const [source, target] = [await about(4), await about(3)];
    const together = [...(await membersOf(source.id)), ...(await membersOf(target.id))].sort();
    await merge(source, { suggestionId: target.id });
    const joined = await about(3);
    expect(await membersOf(target.id)).toEqual(together);
    expect(joined).toMatchObject({ id: target.id, size: 50, edited: true });
    expect(joined.keywords.join(' ')).toContain(words[4]);
    expect(joined.cohesion).toBeLessThan(target.cohesion);
    // The run finds the two clusters again; what was put together stays together.
    await cluster();
    expect(await membersOf(target.id)).toEqual(together);
    expect((await pending()).map(({ size }) => size)).toEqual([70, 50, 50, 40]);
    await expect(merge(await about(0), { suggestionId: source.id })).rejects.toEqual(
      refusal('CONFLICT', 'suggestionId'),
    );
    await expect(merge(await about(0), {})).rejects.toEqual(refusal('INVALID_INPUT', 'topicId'));
    await undo(source.id);
    expect((await pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
    expect(await membersOf(target.id)).toHaveLength(30);
  });

  it('splits, keeps the parts in the next run, and takes it back', async () => {
    const { database } = test;
    const parts = [await about(0), await about(2)];
    await merge(parts[1], { suggestionId: parts[0].id });
    const mixed = await about(0);
    await expect(split(mixed, 1)).rejects.toEqual(refusal('INVALID_INPUT', 'parts'));
    await expect(split(mixed, 51)).rejects.toEqual(refusal('INVALID_INPUT', 'parts'));
    const before = await snapshot();
    const [whole, ...made] = await split(mixed, 2);
    expect(whole).toBe(mixed.id);
    const rows = await readSuggestions(database, made);
    expect(rows.map(({ size }) => size).sort()).toEqual([40, 70]);
    for (const { title, cohesion, parent_id: parent, exemplar_ids: exemplars } of rows) {
      expect(title).toMatch(/volcano|harbour/i);
      expect(cohesion).toBeGreaterThan(0.8);
      expect(parent).toBe(mixed.id);
      expect(exemplars).toHaveLength(5);
    }
    await cluster();
    expect((await pending()).map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect((await pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
    const [part] = await readSuggestions(database, [made[0]]);
    await accept(part);
    await expect(undo(mixed.id)).rejects.toThrow('A later decision builds on this one');
    await undo(part.id);
    await undo(mixed.id);
    const after = await snapshot();
    expect(after.members.filter((row) => (row as { suggestion_id: string }).suggestion_id === mixed.id)).toEqual(
      before.members.filter((row) => (row as { suggestion_id: string }).suggestion_id === mixed.id),
    );
    expect((await all()).find(({ id }) => id === mixed.id)).toMatchObject({ state: 'pending', size: 110 });
    await undo(parts[1].id);
    expect((await pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
  });

  it('assigns what is asked later to the nearest suggestion, without a new run', async () => {
    const { database } = test;
    const target = await about(1);
    const near = await ask(1, 5);
    const far = await ask(6, 3);
    const hashes = await database.rows<{ id: string; hash: string }>(
      'SELECT id, md5(text) AS hash FROM question WHERE id = ANY ($1::uuid[])',
      [[...near, ...far]],
    );
    const verdicts = hashes.map(({ id, hash }) => ({
      ...{ questionId: id, textHash: hash, unknown: true, confidence: 0.2 },
      topicId: null as unknown as string,
    }));
    await storeVerdicts(database, 'h', verdicts, async () => {});
    await storeVerdicts(database, 'h', verdicts, async () => {});
    const grown = await about(1);
    const later = (await membersOf(target.id)).filter((id) => near.includes(id));
    // 95 % of the questions of a suggestion lie within its radius, so most, not all, of five do.
    expect(later.length).toBeGreaterThanOrEqual(3);
    expect(grown.assigned_later).toBe(later.length);
    expect(grown.version).toBe(target.version + 1);
    expect(await countOf(`FROM suggestion_member WHERE question_id = ANY ('{${far.join()}}'::uuid[])`)).toBe(0);
    await accept(grown);
    const labelled = await countOf(
      `FROM label WHERE said_by = 'person' AND question_id = ANY ('{${near.join()}}'::uuid[])`,
    );
    expect(labelled).toBe(later.length);
    await undo(grown.id);
    await cluster({ nClusters: 6 });
    expect(await about(1)).toMatchObject({ id: target.id, size: 55, assigned_later: 0 });
  });

  it('compares two runs: agreement, corresponding clusters, questions that moved', async () => {
    const { database } = test;
    const [one, other] = [await cluster({ nClusters: 6 }), await cluster({ nClusters: 4, seed: 5 })];
    const labels = await database.rows<{ a: number; b: number }>(
      `SELECT a.cluster_index AS a, b.cluster_index AS b FROM clustering_member a
       JOIN clustering_member b USING (question_id) WHERE a.clustering_id = $1 AND b.clustering_id = $2`,
      [one, other],
    );
    const compared = await compareClusterings(database, { clusteringId: one, otherId: other });
    const [a, b] = [labels.map((row) => row.a), labels.map((row) => row.b)];
    expect(compared.ari).toBeCloseTo(adjustedRandIndex(a, b), 12);
    expect(compared.nmi).toBeCloseTo(normalizedMutualInformation(a, b), 12);
    expect(compared).toMatchObject({ shared: labels.length, onlyHere: 0, onlyThere: 0 });
    expect(compared.matches.filter(({ index, otherIndex }) => index != null && otherIndex != null)).toHaveLength(4);
    const moved = await listMovedQuestions(database, { clusteringId: one, otherId: other }, page);
    expect(moved.pageInfo!.total).toBe(compared.moved);
    expect(moved.questions.length).toBe(Math.min(100, compared.moved));
    expect(compared.moved).toBeGreaterThan(0);
    const same = { clusteringId: one, otherId: one };
    await expect(compareClusterings(database, same)).rejects.toEqual(refusal('INVALID_INPUT', 'otherId'));
    const unknown = { clusteringId: one, otherId: nowhere };
    await expect(compareClusterings(database, unknown)).rejects.toEqual(refusal('NOT_FOUND', 'id'));
  });

  it('clusters what a filter selects, and says what is wrong with one', async () => {
    const { database } = test;
    const [{ id: topicId }] = await database.rows<{ id: string }>(`SELECT id FROM topic WHERE slug = 'other'`);
    const ofText = await cluster({ text: words[2], nClusters: 2 });
    expect(await countOf(`FROM clustering_member WHERE clustering_id = '${ofText}'`)).toBe(40);
    const later = { createdFromMs: Date.now() + 60_000 };
    const empty = await cluster(later);
    expect(await countOf(`FROM clustering WHERE id = '${empty}' AND questions = 0 AND n_clusters = 0`)).toBe(1);
    const recent = await cluster({ createdBeforeMs: Date.now() + 60_000, nClusters: 6 });
    expect(await countOf(`FROM clustering_member WHERE clustering_id = '${recent}'`)).toBeGreaterThan(200);
    const ofTopic = await cluster({ topicId, scope: 'all' });
    expect(await countOf(`FROM clustering WHERE id = '${ofTopic}' AND questions = 0`)).toBe(1);
    const ofNobody = await run({ topicId: nowhere, scope: 'all' });
    expect(ofNobody.error).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(nowhere) as string,
    });
    // A run over other questions leaves the suggestions of this one as they are.
    expect((await pending()).length).toBeGreaterThanOrEqual(4);
  });

  it('keeps the centroids of known topics in place, and offers only what is new', async () => {
    const { database } = test;
    const [{ id: topicId }] = await database.rows<{ id: string }>(`SELECT id FROM topic WHERE slug = 'other'`);
    const examples = await ask(0, 6);
    await database.transaction((sql) =>
      writeLabels(sql, {
        questionIds: examples,
        topicIds: examples.map(() => topicId),
        saidBy: 'import',
        actor: 'test',
      }),
    );
    const id = await cluster({ nClusters: 4, knownTopics: 'frozen' });
    const { clusters } = await listClusters(database, id, page);
    const ofTopic = clusters.filter((found) => found.topicId === topicId);
    expect(ofTopic).toHaveLength(1);
    expect(ofTopic[0]).toMatchObject({ size: 70, suggestionId: '' });
    expect(ofTopic[0].nearestTopics[0].distance).toBeLessThan(1e-5);
    expect(await countOf(`FROM clustering WHERE id = '${id}' AND known = 70 AND n_clusters = 5`)).toBe(1);
    const warm = await cluster({ nClusters: 5, knownTopics: 'warm' });
    expect(await countOf(`FROM clustering WHERE id = '${warm}' AND known = 0`)).toBe(1);
    await database.rows(`UPDATE question SET state = 'archived' WHERE id = ANY ($1::uuid[])`, [examples]);
  });

  it('leaves nothing behind of a run that cannot be made', async () => {
    const before = [await countOf('FROM clustering'), await countOf('FROM clustering_member'), await snapshot()];
    const tooMany = await run({ nClusters: 9_999 });
    expect(tooMany.error).toMatchObject({ code: 'INVALID_INPUT' });
    expect([await countOf('FROM clustering'), await countOf('FROM clustering_member'), await snapshot()]).toEqual(
      before,
    );
  });

  it('makes do with one question, and with questions that are all the same', async () => {
    await ask(7, 1);
    const one = await cluster({ text: words[7] });
    expect(await countOf(`FROM clustering WHERE id = '${one}' AND questions = 1 AND n_clusters = 1`)).toBe(1);
    const [same] = [near(directions[7])];
    await ask(7, 9, () => same);
    const equal = await cluster({ text: words[7], nClusters: 4 });
    const { clusters } = await listClusters(test.database, equal, page);
    expect(clusters.length).toBeLessThanOrEqual(2);
    expect(clusters.reduce((sum, { size }) => sum + size, 0)).toBe(10);
  });

  it('ends a cancelled run without a trace', async () => {
    const before = [await countOf('FROM clustering'), await countOf('FROM clustering_member')];
    const job = await start({ nClusters: 60, nInit: 500 });
    const watch = new JobWatch(test.database);
    await firstValueFrom(watch.watch(job.id).pipe(filter(({ stage }) => stage === 'cluster')));
    await cancelJob(test.database, job.id);
    expect(await lastValueFrom(watch.watch(job.id))).toMatchObject({ state: 'cancelled' });
    expect([await countOf('FROM clustering'), await countOf('FROM clustering_member')]).toEqual(before);
  });

  it('draws a map that starts where the questions were, and grows a tree that can be cut', async () => {
    const { database } = test;
    const first = await cluster({ nClusters: 6, map: 'pca' });
    const points = await listMapPoints(database, { clusteringId: first, first: 50, after: 0 });
    const total = await countOf(`FROM clustering_member WHERE clustering_id = '${first}'`);
    expect(points).toMatchObject({ total, nextAfter: 50 });
    const rest = await listMapPoints(database, { clusteringId: first, first: 2000, after: 50 });
    expect(rest.nextAfter).toBe(0);
    expect(new Set([...points.points, ...rest.points].map(({ questionId }) => questionId)).size).toBe(total);
    const second = await cluster({ nClusters: 6, map: 'pca' });
    const [{ shift }] = await database.rows<{ shift: number }>(
      `SELECT avg(sqrt((a.x - b.x) ^ 2 + (a.y - b.y) ^ 2)) AS shift
       FROM map_point a JOIN map_point b USING (question_id) WHERE a.clustering_id = $1 AND b.clustering_id = $2`,
      [first, second],
    );
    expect(shift).toBeLessThan(0.01);
    const cut = (given: { groups?: number; height?: number }) =>
      cutClustering(database, { clusteringId: second, ...given });
    const two = await cut({ groups: 2 });
    expect(two.groups).toHaveLength(2);
    expect(two.groups.flatMap(({ clusterIndices }) => clusterIndices).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(two.groups.reduce((sum, { size }) => sum + size, 0)).toBe(total);
    expect(two.merges).toHaveLength(5);
    expect((await cut({ height: two.merges[4].height })).groups).toHaveLength(1);
    expect((await cut({ height: 0 })).groups).toHaveLength(6);
    expect((await cut({})).groups).toHaveLength(6);
    await expect(cut({ groups: 7 })).rejects.toEqual(refusal('INVALID_INPUT', 'groups'));
    await expect(cut({ groups: 2, height: 1 })).rejects.toEqual(refusal('INVALID_INPUT', 'height'));
  });

  it('shows nothing of a run whose worker was killed, and makes it once', async () => {
    const { database, url } = test;
    await worker.stop();
    const startWorker = () =>
      startProgram('knowledge/src/main.js', () => ({
        KNOWLEDGE_ROLE: 'worker',
        DATABASE_URL: url,
        DATABASE_KIND: database.kind,
        INFERENCE_ADDRESS: inferenceProgram.address,
        CLUSTERING_ADDRESS: clusteringProgram.address,
      }));
    const visible = async () => [
      await countOf('FROM clustering WHERE finished'),
      await countOf('FROM clustering_member JOIN clustering ON clustering.id = clustering_id WHERE finished'),
      await snapshot(),
    ];
    const before = await visible();
    const victim = await startWorker();
    const job = await start({ nClusters: 40, nInit: 300 });
    const watch = new JobWatch(database);
    await firstValueFrom(watch.watch(job.id).pipe(filter(({ stage, done }) => stage === 'cluster' && done > 0)));
    await victim.end('SIGKILL');
    expect(await visible()).toEqual(before);
    const successor = await startWorker();
    const ended = await lastValueFrom(watch.watch(job.id));
    await successor.end('SIGTERM');
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(await countOf(`FROM clustering WHERE job_id = '${job.id}'`)).toBe(1);
    expect(await countOf('FROM clustering WHERE NOT finished')).toBe(0);
  }, 120_000);
});
