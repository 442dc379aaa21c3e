import { DomainError } from '@cairn/contracts';
import { actorOf, requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { once } from '../persistence/idempotent-result.js';
import { lockVersion } from '../persistence/lock-version.js';
import { allocateSlugs } from './allocate-slugs.js';
import { refuseDeleted } from '../editing/content-kind.js';
import { checkedLanguage, checkedTags, checkedText, isId } from './checked-text.js';
import { checkTransition, type ContentState } from './content-state.js';
import { removeLabels, writeLabels } from './effective-label.js';
import { changeSlug } from './slug-redirects.js';

export interface NewQuestion {
  readonly text: string;
  readonly tags: readonly string[];
  readonly topicId?: string;
  readonly state: 'incoming' | 'draft';
  readonly idempotencyKey: string;
  /** BCP 47; absent or empty: English. */
  readonly language?: string;
}

/** @returns the question's id; run it inside a transaction */
export async function createQuestion(sql: Sql, caller: Caller, question: NewQuestion): Promise<string> {
  requireRole(caller, 'editor');
  const text = checkedText(question.text, 'text');
  const tags = checkedTags(question.tags);
  const language = checkedLanguage(question.language ?? '');
  const actor = actorOf(caller);
  return once(sql, { actor, operation: 'createQuestion', key: question.idempotencyKey }, async (id) => {
    await insertQuestion(sql, { id, text, tags, language, state: question.state, source: 'api' });
    if (question.topicId) await label(sql, id, question.topicId, actor);
  });
}

/** Stores a checked question that has no external id. */
export async function insertQuestion(
  sql: Sql,
  question: {
    id: string;
    text: string;
    tags: readonly string[];
    state: 'incoming' | 'draft';
    source: string;
    language?: string;
  },
): Promise<void> {
  const { id, text, state, tags, source, language = 'en' } = question;
  const [slug] = await allocateSlugs(sql, 'question', [text]);
  await sql.rows(
    `INSERT INTO question (id, slug, text, state, tags, source, language) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, slug, text, state, tags, source, language],
  );
}

export interface QuestionChange {
  readonly id: string;
  readonly expectedVersion: number;
  readonly text?: string;
  /** Replaces all tags. */
  readonly tags?: readonly string[];
  readonly language?: string;
  /** A new address; the old one leads to it. */
  readonly slug?: string;
}

/** What a change has to know of the question it locks. */
interface LockedQuestion {
  readonly slug: string;
  readonly state: ContentState;
  readonly version: number;
  readonly deleted_at: Date | null;
}

async function lockQuestion(sql: Sql, change: { id: string; expectedVersion: number }): Promise<LockedQuestion> {
  const question = await lockVersion<LockedQuestion>(sql, 'question', change.id, change.expectedVersion);
  refuseDeleted('question', question);
  return question;
}

/** A changed text needs a new vector and a new verdict: both are kept with the hash of the text they are of. */
export async function updateQuestion(sql: Sql, caller: Caller, change: QuestionChange): Promise<void> {
  requireRole(caller, 'editor');
  const text = change.text === undefined ? undefined : checkedText(change.text, 'text');
  const tags = change.tags === undefined ? undefined : checkedTags(change.tags);
  const language = change.language === undefined ? undefined : checkedLanguage(change.language);
  const question = await lockQuestion(sql, change);
  const slug = change.slug ?? question.slug;
  await changeSlug(sql, 'question', change.id, question.slug, slug);
  await sql.rows(
    `UPDATE question SET text = coalesce($2, text), tags = coalesce($3, tags), language = coalesce($4, language),
       slug = $5, version = version + 1, updated_at = now()
     WHERE id = $1 AND (text <> coalesce($2, text) OR tags <> coalesce($3, tags) OR language <> coalesce($4, language)
                        OR slug <> $5)`,
    [change.id, text ?? null, tags ?? null, language ?? null, slug],
  );
}

export interface StateChange {
  readonly id: string;
  readonly expectedVersion: number;
  readonly state: ContentState;
}

export async function setQuestionState(sql: Sql, caller: Caller, change: StateChange): Promise<void> {
  requireRole(caller, 'editor');
  const question = await lockQuestion(sql, change);
  checkTransition('question', question.state, change.state);
  await sql.rows(
    // A date of publishing is kept as long as there is something left to publish.
    `UPDATE question SET state = $2, version = version + 1, updated_at = now(),
       publish_at = CASE WHEN $2 NOT IN ('published', 'archived') THEN publish_at END,
       published_at = CASE WHEN $2 = 'published' THEN coalesce(published_at, now()) ELSE published_at END
     WHERE id = $1 AND state <> $2`,
    [change.id, change.state],
  );
}

/** A person's label, or with an empty topic none; what an import or a model said then holds again. */
export async function labelQuestion(
  sql: Sql,
  caller: Caller,
  change: { id: string; expectedVersion: number; topicId: string },
): Promise<void> {
  requireRole(caller, 'editor');
  await lockQuestion(sql, change);
  if (change.topicId === '') await removeLabels(sql, [change.id], 'person');
  else await label(sql, change.id, change.topicId, actorOf(caller));
}

async function label(sql: Sql, questionId: string, topicId: string, actor: string): Promise<void> {
  const topics = isId(topicId) ? await sql.rows('SELECT 1 FROM topic WHERE id = $1', [topicId]) : [];
  if (topics.length === 0)
    throw DomainError.invalid('topicId', `There is no topic "${topicId}"; create it first or choose another.`);
  await writeLabels(sql, { questionIds: [questionId], topicIds: [topicId], saidBy: 'person', actor });
}
