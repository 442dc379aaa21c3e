/**
 * The records that an export consists of, one JSON object a line, in this order: `export` (once, first), `topic`, `place`
 * (of a topic in the tree), `question`, `answer`, `vote`, `version`, `end` (once, last). A record refers to earlier ones
 * only. Ids are those that the content had where it was made. What is empty is left out. Instants are UTC with
 * microseconds, so that nothing is rounded on the way.
 *
 * Not in it is what is computed from the rest or belongs to one installation: vectors, verdicts and labels of models,
 * suggestions, jobs, keys, the audit log.
 */
import { DomainError } from '@cairn/contracts';
import { z } from 'zod';
import { maxAnswerLength } from '../answers/change-answer.js';
import { maxTextLength } from '../questions/checked-text.js';
import { slugOf } from '../questions/slug.js';

export const formatVersion = 1;

const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length;
const loneSurrogate = /\p{Surrogate}/u;
const storable = (limit: number) =>
  z
    .string()
    .max(limit)
    .refine((text) => !text.includes('\0'), 'has a NUL character')
    .refine((text) => !loneSurrogate.test(text), 'has half of a surrogate pair');
const text = (limit: number) => storable(limit).refine((given) => given.trim() !== '', 'is empty');
const name = text(512);
const id = z.uuid().transform((given) => given.toLowerCase());
const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/, 'is not an instant like 2026-01-31T12:00:00.000000Z')
  .refine((given) => !Number.isNaN(Date.parse(given)), 'is no date of the calendar');
const slug = z
  .string()
  .min(1)
  .refine((given) => given === slugOf(given, '') || /^[a-z0-9-]{1,93}$/.test(given), 'is not a slug');
const version = z.int().min(1).max(2_147_483_646);
const redirects = z.array(z.object({ slug, at: instant })).default([]);
/** What questions, answers and topics have in common. */
const content = { id, version, createdAt: instant, updatedAt: instant, changedBy: storable(512).default('') };
const deletion = {
  publishAt: instant.optional(),
  deletedAt: instant.optional(),
  stateBeforeDeletion: z.enum(['incoming', 'draft', 'review', 'published', 'archived']).optional(),
};

const header = z.object({ record: z.literal('export'), format: z.literal(formatVersion) });
const topic = z.object({
  record: z.literal('topic'),
  ...content,
  slug,
  title: text(200),
  description: storable(4_000).default(''),
  state: z.enum(['active', 'archived']),
  redirects,
});
const place = z.object({
  record: z.literal('place'),
  topic: id,
  /** When the topic was changed last. */
  updatedAt: instant,
  parent: id.optional(),
  mergedInto: id.optional(),
});
const question = z
  .object({
    record: z.literal('question'),
    ...content,
    source: text(200),
    externalId: name.optional(),
    slug,
    text: text(maxTextLength),
    language: z.string().regex(/^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/, 'is not a language like "en" or "pt-br"'),
    state: z.enum(['incoming', 'draft', 'review', 'published', 'archived']),
    tags: z.array(text(100)).max(32).default([]),
    publishedAt: instant.optional(),
    ...deletion,
    labels: z
      .array(z.object({ saidBy: z.enum(['person', 'import']), topic: id, actor: storable(512), at: instant }))
      .refine((labels) => distinct(labels.map(({ saidBy }) => saidBy)), 'has two labels of one kind')
      .default([]),
    annotations: z
      .array(
        z
          .object({ annotator: name, verdict: z.enum(['topic', 'none', 'skip']), topic: id.optional(), at: instant })
          .refine(
            ({ verdict, topic: said }) => (verdict === 'topic') === (said !== undefined),
            'has to name its topic',
          ),
      )
      .max(10_000)
      .refine((said) => distinct(said.map(({ annotator }) => annotator)), 'has an annotator twice')
      .default([]),
    redirects,
  })
  .superRefine(checkDeletion);
const answer = z
  .object({
    record: z.literal('answer'),
    ...content,
    question: id,
    body: text(maxAnswerLength),
    language: z.string().max(40).default(''),
    state: z.enum(['draft', 'review', 'published', 'archived']),
    /** Written by an import: the next import of the same row replaces it. */
    imported: z.boolean().default(false),
    ...deletion,
  })
  .superRefine(checkDeletion);
const vote = z.object({
  record: z.literal('vote'),
  answer: id,
  voter: name,
  helpful: z.boolean(),
  comment: storable(2_000).default(''),
  at: instant,
});
const past = z.object({
  record: z.literal('version'),
  of: z.enum(['topic', 'question', 'answer']),
  id,
  version,
  content: z.record(z.string(), z.unknown()),
  changedBy: storable(512).default(''),
  changedAt: instant,
});
const end = z.object({ record: z.literal('end'), records: z.int().min(0) });

const anyRecord = z.discriminatedUnion('record', [header, topic, place, question, answer, vote, past, end]);

export type TransferRecord = z.infer<typeof anyRecord>;
export type RecordOf<Kind extends TransferRecord['record']> = Extract<TransferRecord, { record: Kind }>;

/** The database holds the same rule. */
function checkDeletion(
  given: { deletedAt?: string; stateBeforeDeletion?: string; state: string },
  context: z.RefinementCtx,
): void {
  if ((given.deletedAt === undefined) !== (given.stateBeforeDeletion === undefined))
    context.addIssue({ code: 'custom', path: ['deletedAt'], message: 'goes together with stateBeforeDeletion' });
  else if (given.deletedAt !== undefined && given.state !== 'archived')
    context.addIssue({ code: 'custom', path: ['state'], message: 'is "archived" for what is deleted' });
}

/** @throws INVALID_INPUT naming the field of the record, "labels.0.topic" */
export function readRecord(json: string): TransferRecord {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw DomainError.invalid('record', `The record is not JSON: ${(error as Error).message}`);
  }
  const read = anyRecord.safeParse(value);
  if (read.success) return read.data;
  const [{ path, message }] = read.error.issues;
  const field = path.join('.') || 'record';
  throw DomainError.invalid(field, `The field "${field}" of the record cannot be used: ${message}.`);
}

/** One line of an export, without its line end: what is empty is left out. */
export function recordLine(record: string, fields: Readonly<Record<string, unknown>>): string {
  const present = Object.entries(fields).filter(
    ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return JSON.stringify({ record, ...Object.fromEntries(present) });
}
