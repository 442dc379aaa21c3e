/** Decisions on suggestions with the real programs: made, built on, taken back exactly. */
import { storeVerdicts } from '../classification/store-verdicts.js';
import type { TestLoop } from '../jobs/test-loop.js';
import type { Database } from '../persistence/database.js';
import { testAdmin } from '../jobs/test-loop.js';
import { writeLabels } from '../questions/effective-label.js';
import { readSuggestions } from './read-suggestions.js';
import { nowhere, TestDiscovery, words } from './test-discovery.js';
import { undoDecision } from './undo-decision.js';

jest.setTimeout(90_000);

const refusal = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field ? { details: { field } } : {}) }) as unknown;

describe('decisions', () => {
  let discovery: TestDiscovery;
  let loop: TestLoop;
  let database: Database;
  beforeAll(async () => {
    discovery = await TestDiscovery.start();
    ({ loop, database } = discovery);
    await discovery.ask(0, 10);
    await discovery.cluster();
  }, 120_000);
  afterAll(() => loop?.stop(), 60_000);

  it('accepts and takes it back exactly; the same again changes nothing', async () => {
    const suggestion = await discovery.about(1);
    const before = await discovery.snapshot();
    await discovery.accept(suggestion, { idempotencyKey: 'once' });
    await discovery.accept(suggestion, { idempotencyKey: 'once' });
    const accepted = await discovery.about(1, 'accepted');
    expect(
      await loop.countOf(`FROM question WHERE topic_id = '${accepted.topic_id}' AND topic_said_by = 'person'`),
    ).toBe(50);
    expect(await loop.countOf('FROM suggestion_decision WHERE undone_at IS NULL AND kind = $$accept$$')).toBe(1);
    await discovery.undo(accepted.id);
    expect(await discovery.snapshot()).toEqual(before);
    await discovery.undo(accepted.id);
    expect(await discovery.snapshot()).toEqual(before);
    expect((await discovery.all()).find(({ id }) => id === accepted.id)!.version).toBe(suggestion.version + 2);
  });

  it('puts the new topic below another one, and takes it back', async () => {
    const [{ id: parentId }] = await database.rows<{ id: string }>(
      `INSERT INTO topic (slug, title) VALUES ('above', 'Above') RETURNING id`,
    );
    const before = await discovery.snapshot();
    const suggestion = await discovery.about(2);
    await expect(discovery.accept(suggestion, { parentTopicId: nowhere })).rejects.toEqual(
      refusal('INVALID_INPUT', 'parentTopicId'),
    );
    await database.rows(`UPDATE topic SET state = 'archived' WHERE id = $1`, [parentId]);
    await expect(discovery.accept(suggestion, { parentTopicId: parentId })).rejects.toEqual(
      refusal('CONFLICT', 'parentTopicId'),
    );
    await database.rows(`UPDATE topic SET state = 'active' WHERE id = $1`, [parentId]);
    expect(await discovery.snapshot()).toEqual(before);
    await discovery.accept(suggestion, { parentTopicId: parentId, title: 'Below' });
    const below = await database.rows<{ parent_id: string }>(`SELECT parent_id FROM topic WHERE title = 'Below'`);
    expect(below).toEqual([{ parent_id: parentId }]);
    await discovery.undo(suggestion.id);
    expect(await discovery.snapshot()).toEqual(before);
    await database.rows('DELETE FROM topic WHERE id = $1', [parentId]);
  });

  it('does not take back what somebody has built on', async () => {
    await discovery.accept(await discovery.about(1));
    const accepted = await discovery.about(1, 'accepted');
    const [member] = await discovery.membersOf(accepted.id);
    const [{ id: otherTopic }] = await database.rows<{ id: string }>(
      `INSERT INTO topic (slug, title) VALUES ('other', 'Other') RETURNING id`,
    );
    const label = (topicId: string, actor: string, questionId = member) =>
      database.transaction((sql) =>
        writeLabels(sql, { questionIds: [questionId], topicIds: [topicId], saidBy: 'person', actor }),
      );
    const before = await discovery.snapshot();
    await label(otherTopic, 'bob');
    await expect(discovery.undo(accepted.id)).rejects.toThrow('1 of its questions have been labelled anew');
    await label(accepted.topic_id!, 'ada');
    expect(await discovery.snapshot()).toEqual(before);

    const [outsider] = await discovery.membersOf((await discovery.about(4)).id);
    await label(accepted.topic_id!, 'bob', outsider);
    await expect(discovery.undo(accepted.id)).rejects.toThrow('1 other labels use it');
    await database.transaction(async (sql) => {
      await sql.rows(`DELETE FROM label WHERE question_id = $1`, [outsider]);
      await sql.rows(`UPDATE question SET topic_id = NULL, topic_said_by = NULL WHERE id = $1`, [outsider]);
    });

    const merged = await discovery.about(4);
    await discovery.merge(merged, { topicId: accepted.topic_id! });
    await expect(discovery.undo(accepted.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await discovery.undo(merged.id);
    expect(await discovery.about(4)).toMatchObject({ topic_id: null });

    await database.rows(`UPDATE topic SET title = 'Spices', version = version + 1 WHERE id = $1`, [accepted.topic_id]);
    await expect(discovery.undo(accepted.id)).rejects.toThrow('it was changed since');
    await database.rows(`UPDATE topic SET title = $2, version = 1 WHERE id = $1`, [accepted.topic_id, accepted.title]);
    await discovery.undo(accepted.id);
    expect(await loop.countOf(`FROM topic`)).toBe(1);
    await expect(discovery.undo(nowhere)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(
      database.transaction((sql) => undoDecision(sql, testAdmin, { id: nowhere, suggestionId: '' })),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('merges into a topic and into a suggestion, and takes both back', async () => {
    const [{ id: topicId }] = await database.rows<{ id: string }>(`SELECT id FROM topic WHERE slug = 'other'`);
    const before = await discovery.snapshot();
    await discovery.merge(await discovery.about(4), { topicId });
    expect(await loop.countOf(`FROM label WHERE topic_id = '${topicId}'`)).toBe(20);
    await discovery.undo((await discovery.about(4, 'merged')).id);
    expect(await discovery.snapshot()).toEqual(before);

    const [source, target] = [await discovery.about(4), await discovery.about(3)];
    const together = [...(await discovery.membersOf(source.id)), ...(await discovery.membersOf(target.id))].sort();
    await discovery.merge(source, { suggestionId: target.id });
    const joined = await discovery.about(3);
    expect(await discovery.membersOf(target.id)).toEqual(together);
    expect(joined).toMatchObject({ id: target.id, size: 50, edited: true });
    expect(joined.keywords.join(' ')).toContain(words[4]);
    expect(joined.cohesion).toBeLessThan(target.cohesion);
    // The run finds the two clusters again; what was put together stays together.
    await discovery.cluster();
    expect(await discovery.membersOf(target.id)).toEqual(together);
    expect((await discovery.pending()).map(({ size }) => size)).toEqual([70, 50, 50, 40]);
    await expect(discovery.merge(await discovery.about(0), { suggestionId: source.id })).rejects.toEqual(
      refusal('CONFLICT', 'suggestionId'),
    );
    await expect(discovery.merge(await discovery.about(0), {})).rejects.toEqual(refusal('INVALID_INPUT', 'topicId'));
    await discovery.undo(source.id);
    expect((await discovery.pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
    expect(await discovery.membersOf(target.id)).toHaveLength(30);
  });

  it('splits, keeps the parts in the next run, and takes it back', async () => {
    const parts = [await discovery.about(0), await discovery.about(2)];
    await discovery.merge(parts[1], { suggestionId: parts[0].id });
    const mixed = await discovery.about(0);
    await expect(discovery.split(mixed, 1)).rejects.toEqual(refusal('INVALID_INPUT', 'parts'));
    await expect(discovery.split(mixed, 51)).rejects.toEqual(refusal('INVALID_INPUT', 'parts'));
    const before = await discovery.snapshot();
    const [whole, ...made] = await discovery.split(mixed, 2);
    expect(whole).toBe(mixed.id);
    const rows = await readSuggestions(database, made);
    expect(rows.map(({ size }) => size).sort()).toEqual([40, 70]);
    for (const { title, cohesion, parent_id: parent, exemplar_ids: exemplars } of rows) {
      expect(title).toMatch(/volcano|harbour/i);
      expect(cohesion).toBeGreaterThan(0.8);
      expect(parent).toBe(mixed.id);
      expect(exemplars).toHaveLength(5);
    }
    await discovery.cluster();
    expect((await discovery.pending()).map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect((await discovery.pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
    const [part] = await readSuggestions(database, [made[0]]);
    await discovery.accept(part);
    await expect(discovery.undo(mixed.id)).rejects.toThrow('A later decision builds on this one');
    await discovery.undo(part.id);
    await discovery.undo(mixed.id);
    const after = await discovery.snapshot();
    expect(after.members.filter((row) => (row as { suggestion_id: string }).suggestion_id === mixed.id)).toEqual(
      before.members.filter((row) => (row as { suggestion_id: string }).suggestion_id === mixed.id),
    );
    expect((await discovery.all()).find(({ id }) => id === mixed.id)).toMatchObject({ state: 'pending', size: 110 });
    await discovery.undo(parts[1].id);
    expect((await discovery.pending()).map(({ size }) => size)).toEqual([70, 50, 40, 30, 20]);
  });

  it('assigns what is asked later to the nearest suggestion, without a new run', async () => {
    const target = await discovery.about(1);
    const near = await discovery.ask(1, 5);
    const far = await discovery.ask(6, 3);
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
    const grown = await discovery.about(1);
    const later = (await discovery.membersOf(target.id)).filter((id) => near.includes(id));
    // 95 % of the questions of a suggestion lie within its radius, so most, not all, of five do.
    expect(later.length).toBeGreaterThanOrEqual(3);
    expect(grown.assigned_later).toBe(later.length);
    expect(grown.version).toBe(target.version + 1);
    expect(await loop.countOf(`FROM suggestion_member WHERE question_id = ANY ('{${far.join()}}'::uuid[])`)).toBe(0);
    await discovery.accept(grown);
    const labelled = await loop.countOf(
      `FROM label WHERE said_by = 'person' AND question_id = ANY ('{${near.join()}}'::uuid[])`,
    );
    expect(labelled).toBe(later.length);
    await discovery.undo(grown.id);
    await discovery.cluster({ nClusters: 6 });
    expect(await discovery.about(1)).toMatchObject({ id: target.id, size: 55, assigned_later: 0 });
  });
});
