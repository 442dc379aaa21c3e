/**
 * Versions of a head on the starter content: each training is measured beside the head in use on labels that neither has
 * learned from; the rule puts heads in use; going back goes back; all of it is kept with its reasons.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { contextToMetadata, createInferenceClient, type InferenceClient, type knowledgeV1 } from '@cairn/contracts';
import { createLogger } from '@cairn/service-kit';
import type { RunningJob } from '../jobs/job-handler.js';
import { Evaluations1765000000000 } from '../persistence/migrations/1765000000000-evaluations.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { startProgram, type TestProgram } from '../persistence/test-program.js';
import { writeLabels } from '../questions/effective-label.js';
import { EvaluateJob } from './evaluate-job.js';
import { findHeadInUse } from './head-in-use.js';
import { TrainJob } from './train-job.js';
import { TrainingController } from './training.controller.js';

jest.setTimeout(120_000);
const logger = createLogger('test', 'silent');
const content = join(__dirname, '..', '..', '..', '..', 'content', 'incoming');
const rowsOf = (file: string) =>
  readFileSync(join(content, file), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));

describe('versions of a head', () => {
  let test: TestDatabase;
  let program: TestProgram;
  let inference: InferenceClient;
  let controller: TrainingController;
  const models = mkdtempSync(join(tmpdir(), 'cairn-models-'));
  const topicId = new Map<string, string>();
  const admin: Metadata = contextToMetadata({ requestId: 'test', actor: 'ada', role: 'admin' });
  const questions: { id: string; topic: string }[] = [];

  beforeAll(async () => {
    test = await startTestDatabase();
    program = await startProgram('inference/src/main.js', (port) => ({
      INFERENCE_ADDRESS: `127.0.0.1:${port}`,
      MODEL_STORE: models,
    }));
    inference = createInferenceClient(program.address);
    controller = new TrainingController(test.database, inference, logger);
    const given = new Map(rowsOf('labels.tsv').map(([id, topic]) => [id, topic]));
    const rows = rowsOf('questions.tsv').filter(([id]) => given.has(id));
    const inserted = await test.database.rows<{ id: string; external_id: string }>(
      `INSERT INTO question (slug, text, state, source, external_id)
       SELECT 'q-' || place, text, 'incoming', 'test', external_id
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (external_id, text, place)
       ORDER BY place RETURNING id, external_id`,
      [rows.map(([id]) => id), rows.map(([, text]) => text)],
    );
    for (const { id, external_id: external } of inserted) questions.push({ id, topic: given.get(external)! });
    const topics = await test.database.rows<{ id: string; slug: string }>(
      'INSERT INTO topic (slug, title) SELECT slug, slug FROM unnest($1::text[]) AS slug RETURNING id, slug',
      [[...new Set(given.values())].sort()],
    );
    for (const { id, slug } of topics) topicId.set(slug, id);
  }, 120_000);
  afterAll(async () => {
    inference?.close();
    await program?.end('SIGTERM');
    await test?.stop();
    rmSync(models, { recursive: true, force: true });
  }, 60_000);

  const stages = new Set<string>();
  const job = () =>
    ({
      id: randomUUID(),
      context: { requestId: 'job', actor: 'ada', role: 'admin' },
      signal: new AbortController().signal,
      logger,
      progress: (stage: string) => stages.add(stage),
      guard: async () => {},
      holdFor: (_seconds: number, work: () => Promise<unknown>) => work(),
    }) as unknown as RunningJob;
  const train = (input: Partial<knowledgeV1.TrainInput> = {}) =>
    new TrainJob(test.database, inference).run({ promoteIfBetter: false, ...input }, job());
  const evaluate = (headId = '', againstHeadId = '') =>
    new EvaluateJob(test.database, inference).run({ headId, againstHeadId }, job() as RunningJob<'evaluate'>);
  const evaluation = async (id: string) => (await controller.getEvaluations({ ids: [id] }, admin)).evaluations[0];
  const label = (topics: readonly string[], from = 0, to = Infinity) =>
    test.database.transaction((sql) => {
      const own = questions.filter(({ topic }, i) => topics.includes(topic) && i >= from && i < to);
      return writeLabels(sql, {
        questionIds: own.map(({ id }) => id),
        topicIds: own.map(({ topic }) => topicId.get(topic)!),
        ...{ saidBy: 'person', actor: 'ada' },
      });
    });
  const slugs = () => [...topicId.keys()].sort();
  const half = () => Math.floor(questions.length / 2);
  const ids: string[] = [];

  it('measures the first head alone, on the labels its training held out', async () => {
    await expect(evaluate()).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'headId' } });
    await label(slugs().slice(0, -1), 0, half());
    const first = await train({ promoteIfBetter: true });
    expect(first).toMatchObject({ promoted: true, reason: 'no head was in use' });
    expect(stages).toContain('evaluate');
    const figures = await evaluation(first.evaluationId);
    const head = (await findHeadInUse(test.database))!;
    expect(figures).toMatchObject({ against: undefined, pValue: undefined, strangers: 0, changed: 0 });
    expect(figures.examples).toBe(head.figures.figures!.heldOutExamples);
    expect(figures.head!.accuracy).toBeCloseTo(head.figures.figures!.accuracy, 10);
    expect(figures.head!.ece).toBeCloseTo(head.figures.figures!.eceAfter, 5);
    ids.push(head.id);
  });

  it('measures the next one beside it, on labels that neither has learned from', async () => {
    await label(slugs());
    const second = await train();
    expect(second).toMatchObject({ promoted: false, reason: 'nobody asked for it' });
    ids.push(second.headId);
    const figures = await evaluation(second.evaluationId);
    expect(figures.head!.headId).toBe(second.headId);
    expect(figures.against!.headId).toBe(ids[0]);
    const [{ n: labels }] = await test.database.rows<{ n: number }>(
      'SELECT count(*) AS n FROM question WHERE topic_id IS NOT NULL',
    );
    expect(figures.examples + figures.strangers + figures.leftOut).toBe(labels);
    // The new topic is known to one of the two: its labels are no strangers, and the old head has them all wrong.
    const added = topicId.get(slugs().at(-1)!)!;
    const row = figures.topics.find((topic) => topic.topicId === added)!;
    expect(row).toMatchObject({ f1Against: 0 });
    expect(row.f1).toBeGreaterThan(0);
    expect(figures.fixed).toBeGreaterThan(0);
    const sum = figures.confusion.reduce((total, { count }) => total + count, 0);
    expect(sum).toBe(figures.examples);
    // What one training held out, the other did not learn from either: held-out texts are the same ones.
    expect(figures.examples).toBeGreaterThan(0.1 * labels);
  });

  it('pages through the examples that changed', async () => {
    const { evaluations } = await controller.listEvaluations({ headId: ids[1], page: undefined }, admin);
    const [{ id, changed, fixed }] = evaluations;
    const seen: knowledgeV1.EvaluationChange[] = [];
    let after = '';
    do {
      const page = { first: 5, after, withTotal: true };
      const { changes, pageInfo } = await controller.listEvaluationChanges(
        { evaluationId: id, page, change: '' },
        admin,
      );
      seen.push(...changes);
      expect(pageInfo!.total).toBe(changed);
      after = pageInfo!.hasNextPage ? pageInfo!.cursors.at(-1)! : '';
    } while (after !== '');
    expect(seen).toHaveLength(changed);
    expect(new Set(seen.map(({ questionId }) => questionId)).size).toBe(changed);
    for (const { change, topicId: right, saidTopicId, saidAgainstTopicId } of seen) {
      expect(saidTopicId).not.toBe(saidAgainstTopicId);
      expect(change === 'fixed').toBe(saidTopicId === right);
    }
    const only = await controller.listEvaluationChanges({ evaluationId: id, page: undefined, change: 'fixed' }, admin);
    expect(only.changes.length).toBe(Math.min(20, fixed));
    const odd = controller.listEvaluationChanges({ evaluationId: id, page: undefined, change: 'odd' }, admin);
    await expect(odd).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('follows the rule that an admin has set, and only that', async () => {
    expect(await controller.getPromotionRule({}, admin)).toMatchObject({ enabled: false });
    const rule = { enabled: true, minAccuracyGain: 0.5, maxPValue: 0.05, maxEce: 1 };
    await controller.setPromotionRule(rule, admin);
    expect(await train({ seed: 3 })).toMatchObject({
      promoted: false,
      reason: expect.stringMatching(/^the promotion rule does not hold: accuracy gain .* at least 50\.0/),
    });
    await controller.setPromotionRule({ ...rule, minAccuracyGain: 0.01, maxPValue: 1 }, admin);
    const third = await train({ seed: 3 });
    expect(third).toMatchObject({ promoted: true, reason: expect.stringMatching(/^the promotion rule holds/) });
    ids.push(third.headId);
    const [promotion] = (await controller.listPromotions({ page: undefined }, admin)).promotions;
    expect(promotion).toMatchObject({
      headId: ids[2],
      previousHeadId: ids[0],
      cause: 'PROMOTION_CAUSE_RULE',
      actor: 'ada',
    });
    expect(promotion).toMatchObject({ reason: third.reason, evaluationId: third.evaluationId });
    const refused = controller.setPromotionRule({ ...rule, maxEce: 2 }, admin);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'maxEce' } });
    await controller.setPromotionRule({ ...rule, enabled: false }, admin);
  });

  it('goes back, step by step, as far as there is something to go back to', async () => {
    await controller.promoteHead({ id: ids[1] }, admin);
    expect((await controller.rollbackHead({}, admin)).id).toBe(ids[2]);
    expect((await controller.rollbackHead({}, admin)).id).toBe(ids[0]);
    expect((await inference.listHeads({})).heads.find(({ inUse }) => inUse)!.id).toBe(ids[0]);
    await expect(controller.rollbackHead({}, admin)).rejects.toMatchObject({ code: 'CONFLICT' });
    const { promotions } = await controller.listPromotions({ page: undefined }, admin);
    expect(promotions.map(({ headId, cause }) => [ids.indexOf(headId), cause.replace('PROMOTION_CAUSE_', '')])).toEqual(
      [
        ...[
          [0, 'ROLLBACK'],
          [2, 'ROLLBACK'],
          [1, 'PERSON'],
          [2, 'RULE'],
          [0, 'TRAINING'],
        ],
      ],
    );
  });

  it('compares any two, and the head in use alone', async () => {
    const { evaluationId } = await evaluate(ids[1], ids[2]);
    const both = await evaluation(evaluationId);
    expect([both.head!.headId, both.against!.headId]).toEqual([ids[1], ids[2]]);
    expect(both.leftOut).toBeGreaterThan(0);
    const alone = await evaluation((await evaluate()).evaluationId);
    expect(alone).toMatchObject({ head: { headId: ids[0] }, against: undefined });
    await expect(evaluate('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND', details: { field: 'headId' } });
  });

  it('counts topics that no head knows as unknown texts', async () => {
    const [added] = await test.database.rows<{ id: string }>(
      `INSERT INTO topic (slug, title) VALUES ('cooking', 'Cooking') RETURNING id`,
    );
    await test.database.rows(
      `INSERT INTO question (slug, text, source, state, topic_id, topic_said_by)
       SELECT 'cook-' || i, 'How long do I boil ' || i || ' eggs?', 'test', 'incoming', $1, 'person' FROM generate_series(1, 8) AS i`,
      [added.id],
    );
    const figures = await evaluation((await evaluate(ids[1], ids[0])).evaluationId);
    expect(figures.strangers).toBe(8);
    expect(figures.head!.unknownAuroc).toBeGreaterThan(0.7);
    expect(figures.head!.unknownRecall).toBeGreaterThan(0);
  });

  it('says what is odd about the labels', async () => {
    const [one, two] = slugs();
    await test.database.rows(
      `INSERT INTO question (slug, text, source, state, topic_id, topic_said_by)
       VALUES ('odd-1', 'Is this  contradictory?', 'test', 'incoming', $1, 'person'),
              ('odd-2', 'is this contradictory? ', 'test', 'incoming', $2, 'person')`,
      [topicId.get(one), topicId.get(two)],
    );
    const { notes } = await train({ seed: 5 });
    expect(notes[0]).toContain('1 text has contradictory labels');
    expect(notes[0]).toContain(`(${one}, ${two})`);
  });

  it('leaves the database as it was when it is taken back, and knows older promotions when it comes', async () => {
    const migration = new Evaluations1765000000000();
    const runner = test.database.dataSource.createQueryRunner();
    try {
      await runner.query(`INSERT INTO job (kind, input, created_by) VALUES ('evaluate', '{}', 'ada')`);
      await migration.down(runner);
      await expect(
        runner.query(`INSERT INTO job (kind, input, created_by) VALUES ('evaluate', '{}', 'ada')`),
      ).rejects.toThrow('job_kind_check');
      await migration.up(runner);
      await runner.query('SELECT cairn_keep_apart(), cairn_watch_tables()');
    } finally {
      await runner.release();
    }
    const { promotions } = await controller.listPromotions({ page: undefined }, admin);
    expect(promotions.map(({ headId }) => ids.indexOf(headId)).sort()).toEqual([0, 1, 2]);
    expect(promotions[0]).toMatchObject({ headId: ids[0], cause: 'PROMOTION_CAUSE_UNSPECIFIED' });
    expect(promotions.at(-1)!.previousHeadId).toBe('');
  });
});
