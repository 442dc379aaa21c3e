import { contextToMetadata, knowledgeV1, type CallContext } from '@cairn/contracts';
import { ContentController } from '../content/content.controller.js';
import { registerEncoder } from '../embedding/encoder-in-use.js';
import { encodeVector } from '../embedding/vector-codec.js';
import { startTestDatabase, type TestDatabase } from '../persistence/test-database.js';
import { ReviewController } from './review.controller.js';

const { ReviewVerdict: Verdict, ContentState } = knowledgeV1;
const as = (actor: string, role: CallContext['role'] = 'editor') =>
  contextToMetadata({ requestId: 'test', actor, role });
const admin = as('the admin', 'admin');
const [ann, bob, cid] = [as('ann'), as('bob'), as('cid')];
const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field && { details: expect.objectContaining({ field }) }) });

describe('review', () => {
  let test: TestDatabase;
  let content: ContentController;
  let review: ReviewController;
  let topics: string[];
  let made = 0;

  beforeAll(async () => {
    test = await startTestDatabase();
    content = new ContentController(test.database);
    review = new ReviewController(test.database);
    topics = [];
    for (const title of ['One', 'Two'])
      topics.push((await content.createTopic({ title, slug: '', description: '', parentId: '' }, admin)).id);
    const provenance = { encoderId: 'e', revision: 'r', layer: -1, pooling: 'mean', normalized: true, dimension: 2 };
    const encoder = await registerEncoder(test.database, provenance);
    await test.database.rows(`UPDATE encoder SET in_use = (id = $1)`, [encoder.id]);
    await test.database.rows(
      `INSERT INTO trained_head (id, state, encoder, figures, seed) VALUES ('head', 'in_use', $1, '{}', 1)`,
      [encoder.id],
    );
  }, 120_000);
  afterAll(() => test?.stop());
  beforeEach(() => test.database.rows('DELETE FROM question'));

  /** A question with what the head says of it, and where its vector points (degrees). */
  const ask = async (verdict: { unknown?: boolean; confidence?: number; ageDays?: number; angle?: number } = {}) => {
    const { id } = await content.createQuestion(
      {
        text: `Question ${++made} to look at`,
        tags: [],
        topicId: '',
        state: ContentState.CONTENT_STATE_INCOMING,
        idempotencyKey: '',
        language: '',
      },
      ann,
    );
    const { unknown = true, confidence = 0.3, ageDays = 0, angle = 0 } = verdict;
    await test.database.rows(
      `INSERT INTO classification (question_id, head_id, text_hash, unknown, topic_id, confidence)
       SELECT id, 'head', md5(text), $2, $3, $4 FROM question WHERE id = $1`,
      [id, unknown, topics[0], confidence],
    );
    const radians = (angle * Math.PI) / 180;
    await test.database.rows(
      `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated)
       SELECT (SELECT id FROM encoder WHERE in_use), id, md5(text), $2::vector, 3, false FROM question WHERE id = $1`,
      [id, encodeVector(Float32Array.of(Math.cos(radians), Math.sin(radians)), 0, 2)],
    );
    await test.database.rows(`UPDATE question SET created_at = now() - make_interval(days => $2::int) WHERE id = $1`, [
      id,
      ageDays,
    ]);
    return id;
  };
  const queue = async (who = ann, overlap = 0) =>
    (await review.listReviewQueue({ first: 0, overlap, withTotal: true }, who)).items.map(
      ({ questionId }) => questionId,
    );
  const claim = async (who: typeof ann, first: number, overlap = 0) =>
    (await review.claimReview({ first, overlap, leaseSeconds: 0 }, who)).items.map(({ questionId }) => questionId);
  const get = async (id: string) => (await content.getQuestions({ ids: [id] }, admin)).questions[0];
  const decision = async (
    questionId: string,
    verdict: knowledgeV1.ReviewVerdict,
    topicId = '',
  ): Promise<knowledgeV1.ReviewDecision> => ({
    questionId,
    expectedVersion: (await get(questionId)).version,
    verdict,
    topicId,
  });
  const decide = async (who: typeof ann, ...given: Parameters<typeof decision>) =>
    (await review.decideReview({ decisions: [await decision(...given)] }, who)).results[0];

  it('lists what is uncertain, the most valuable first, and nothing else', async () => {
    const sure = await ask({ unknown: false, confidence: 0.95 });
    const doubtful = await ask({ unknown: false, confidence: 0.5 });
    const unknown = await ask();
    const old = await ask({ ageDays: 30 });
    const labelled = await ask();
    const { version: expectedVersion } = await get(labelled);
    await content.labelQuestion({ id: labelled, expectedVersion, topicId: topics[0] }, ann);
    const { items, total } = await review.listReviewQueue({ first: 0, overlap: 0, withTotal: true }, ann);
    expect(items.map(({ questionId }) => questionId)).toEqual([old, unknown, doubtful]);
    expect(total).toBe(3);
    expect(items[0]).toMatchObject({ uncertainty: 1, clusterSize: 0, claimedBy: '', annotations: 0 });
    expect(items[0].value).toBeCloseTo(0.75, 2);
    expect(items[2].value).toBeCloseTo(0.3, 2);
    expect(await queue()).not.toContain(sure);
  });

  it('counts the size of a cluster', async () => {
    const [alone, inCluster] = [await ask(), await ask()];
    const [{ id }] = await test.database.rows<{ id: string }>(
      `INSERT INTO clustering (job_id, encoder, parameters, questions, n_clusters, inertia, silhouette, iterations, finished)
       SELECT gen_random_uuid(), id, '{}', 50, 1, 1, 1, 1, true FROM encoder WHERE in_use RETURNING id`,
    );
    await test.database.rows(
      `INSERT INTO cluster (clustering_id, cluster_index, size, cohesion, separation, silhouette, title, keywords, exemplar_ids)
       VALUES ($1, 0, 50, 1, 1, 1, 't', '{}', '{}')`,
      [id],
    );
    await test.database.rows(
      `INSERT INTO clustering_member (clustering_id, question_id, cluster_index, distance) VALUES ($1, $2, 0, 0)`,
      [id, inCluster],
    );
    expect(await queue()).toEqual([inCluster, alone]);
    await test.database.rows('DELETE FROM clustering');
  });

  it('gives each question to one person at a time, however many ask at once', async () => {
    const ids = [];
    for (let i = 0; i < 12; i++) ids.push(await ask());
    const people = Array.from({ length: 6 }, (_, index) => as(`person ${index}`));
    const claimed = await Promise.all(people.map((who) => claim(who, 2)));
    expect(claimed.map(({ length }) => length)).toEqual(Array(6).fill(2));
    expect([...new Set(claimed.flat())].sort()).toEqual([...ids].sort());
    expect(await claim(ann, 5)).toEqual([]);
    // Whoever comes back goes on where they were.
    expect(await claim(people[0], 2)).toEqual(claimed[0]);
  });

  it('ends a claim with its lease, and gives what is released to others', async () => {
    const id = await ask();
    expect(await claim(ann, 1)).toEqual([id]);
    expect((await review.renewClaims({ questionIds: [id], leaseSeconds: 60 }, ann)).questionIds).toEqual([id]);
    expect((await review.renewClaims({ questionIds: [id], leaseSeconds: 60 }, bob)).questionIds).toEqual([]);
    await test.database.rows(`UPDATE review_claim SET lease_until = now() - interval '1 s'`);
    expect((await review.renewClaims({ questionIds: [id], leaseSeconds: 60 }, ann)).questionIds).toEqual([]);
    expect(await claim(bob, 1)).toEqual([id]);
    expect(await decide(ann, id, Verdict.REVIEW_VERDICT_NONE)).toMatchObject({ code: 'CONFLICT', field: 'questionId' });
    expect((await review.releaseClaims({ questionIds: [] }, bob)).questionIds).toEqual([id]);
    expect(await claim(ann, 1)).toEqual([id]);
    await expect(review.claimReview({ first: 1, overlap: 0, leaseSeconds: 5 }, ann)).rejects.toEqual(
      refusal('INVALID_INPUT', 'leaseSeconds'),
    );
  });

  it('answers each of many decisions by itself', async () => {
    const ids = [await ask(), await ask(), await ask(), await ask(), await ask()];
    const given = [
      await decision(ids[0], Verdict.REVIEW_VERDICT_TOPIC, topics[1]),
      await decision(ids[1], Verdict.REVIEW_VERDICT_TOPIC, 'nope'),
      { ...(await decision(ids[2], Verdict.REVIEW_VERDICT_NONE)), expectedVersion: 7 },
      await decision(ids[3], Verdict.REVIEW_VERDICT_ARCHIVE),
      { ...(await decision(ids[4], Verdict.REVIEW_VERDICT_SKIP)), questionId: '00000000-0000-4000-8000-000000000000' },
    ];
    const { results } = await review.decideReview({ decisions: given }, ann);
    expect(results.map(({ code, field, currentVersion }) => [code, field, currentVersion])).toEqual([
      ['', '', 0],
      ['INVALID_INPUT', 'topicId', 0],
      ['CONFLICT', 'expectedVersion', 1],
      ['', '', 0],
      ['NOT_FOUND', 'id', 0],
    ]);
    expect((await get(ids[0])).label).toMatchObject({ topicId: topics[1], actor: 'ann' });
    expect((await get(ids[3])).state).toBe(ContentState.CONTENT_STATE_ARCHIVED);
    expect([...(await queue())].sort()).toEqual([ids[1], ids[2], ids[4]].sort());
    await expect(review.decideReview({ decisions: [] }, ann)).rejects.toEqual(refusal('INVALID_INPUT', 'decisions'));
    await expect(review.decideReview({ decisions: given }, as('r', 'reader'))).rejects.toEqual(refusal('FORBIDDEN'));
  });

  it('asks several people, takes what most say, and knows how far they agree', async () => {
    const ids = [await ask(), await ask(), await ask()];
    const [one, two] = topics;
    const { REVIEW_VERDICT_TOPIC: topic, REVIEW_VERDICT_NONE: none, REVIEW_VERDICT_SKIP: skip } = Verdict;
    const said: [typeof ann, knowledgeV1.ReviewVerdict, string][][] = [
      [
        [ann, topic, one],
        [bob, topic, one],
        [cid, topic, two],
      ],
      [
        [ann, topic, one],
        [bob, topic, two],
      ],
      [
        [ann, none, ''],
        [bob, none, ''],
        [cid, skip, ''],
      ],
    ];
    for (const [index, decisions] of said.entries())
      for (const [who, verdict, topicId] of decisions)
        expect(await decide(who, ids[index], verdict, topicId)).toMatchObject({ code: '' });
    expect((await get(ids[0])).label).toMatchObject({ topicId: one });
    // As many for one as for the other: nobody's label holds.
    expect((await get(ids[1])).label).toBeUndefined();
    expect((await get(ids[2])).label).toBeUndefined();
    expect(await queue(ann, 3)).toEqual([]);
    expect(await queue(cid, 3)).toEqual([ids[1]]);
    const agreement = await review.getAgreement({ sinceMs: 0 }, ann);
    expect(agreement).toMatchObject({ questions: 3, annotations: 7, annotators: 3 });
    // By hand: observed disagreement 4/2 + 2/1 + 0, expected (49 - 9 - 4 - 4) / 6 over labels 3 x one, 2 x two, 2 x none.
    expect(agreement.krippendorffAlpha).toBeCloseTo(1 - 4 / (32 / 6), 6);
    expect(agreement.pairs[0]).toMatchObject({ first: 'ann', second: 'bob', questions: 3 });
    expect([...agreement.disputedQuestionIds].sort()).toEqual([ids[0], ids[1]].sort());
    expect((await review.getAgreement({ sinceMs: Date.now() + 60_000 }, ann)).krippendorffAlpha).toBeUndefined();
    const { annotations } = await review.listAnnotations({ questionId: ids[2] }, ann);
    expect(annotations.map(({ annotator, verdict }) => [annotator, verdict])).toEqual([
      ['ann', none],
      ['bob', none],
      ['cid', skip],
    ]);
    // A person who changes their mind changes the label.
    await decide(bob, ids[1], topic, one);
    expect((await get(ids[1])).label).toMatchObject({ topicId: one });
  });

  it('chooses uncertain questions that are unlike each other and what is labelled', async () => {
    const near = await ask({ angle: 1 });
    const labelled = await ask({ angle: 0 });
    const [away, besideAway] = [await ask({ angle: 90 }), await ask({ angle: 91 })];
    const opposite = await ask({ angle: 180 });
    const sure = await ask({ angle: 270, unknown: false, confidence: 0.99 });
    await decide(ann, labelled, Verdict.REVIEW_VERDICT_TOPIC, topics[0]);
    const choose = async (count: number) => (await review.chooseToLabel({ count }, ann)).questions;
    const chosen = await choose(2);
    expect(chosen[0].questionId).toBe(opposite);
    expect([away, besideAway]).toContain(chosen[1].questionId);
    expect(chosen[0].distance).toBeCloseTo(2, 5);
    const all = (await choose(200)).map(({ questionId }) => questionId);
    expect([...all].sort()).toEqual([near, away, besideAway, opposite, sure].sort());
    expect(await choose(2)).toEqual(chosen);
    await expect(choose(201)).rejects.toEqual(refusal('INVALID_INPUT', 'count'));
  });
});
