import type { ContentState } from './content-state.js';
import type { TopicRecord } from '../topics/read-topics.js';
import type { SaidBy } from './effective-label.js';

/** A question as it is read: with the label that holds and what the head in use says. */
export interface QuestionRecord {
  readonly id: string;
  readonly seq: number;
  readonly slug: string;
  readonly text: string;
  readonly state: ContentState;
  readonly tags: string[];
  readonly language: string;
  readonly source: string;
  readonly externalId: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly publishedAt: Date | null;
  /** When it is going to be published. */
  readonly publishAt: Date | null;
  readonly deletedAt: Date | null;
  /** Who made this version. */
  readonly changedBy: string;
  readonly topicId: string | null;
  /** Whether people without a key may know of the topic. */
  readonly topicActive: boolean | null;
  readonly saidBy: SaidBy | null;
  readonly labelActor: string | null;
  readonly labelledAt: Date | null;
  /** Null as long as the head in use has not classified this text. */
  readonly unknown: boolean | null;
  readonly nearestTopicId: string | null;
  readonly confidence: number | null;
  readonly headId: string | null;
  readonly classifiedAt: Date | null;
  /** Whether this text has a vector of the encoder in use. */
  readonly embedded: boolean;
}

/** Columns and tables of what is selected, `question` among them. */
export interface QuestionSource {
  readonly columns: string;
  readonly tables: string;
}

/** What a field of the message `Question` takes of a row; id, seq and state always come. */
const columnsOfFields = {
  slug: 'question.slug',
  text: 'question.text',
  tags: 'question.tags',
  source: 'question.source',
  external_id: 'question.external_id AS "externalId"',
  version: 'question.version',
  created_at_ms: 'question.created_at AS "createdAt"',
  updated_at_ms: 'question.updated_at AS "updatedAt"',
  published_at_ms: 'question.published_at AS "publishedAt"',
  language: 'question.language',
  publish_at_ms: 'question.publish_at AS "publishAt"',
  deleted_at_ms: 'question.deleted_at AS "deletedAt"',
  changed_by: 'question.changed_by AS "changedBy"',
  label: `question.topic_id AS "topicId", topic.state = 'active' AS "topicActive", question.topic_said_by AS "saidBy"`,
  embedded: 'embedding.question_id IS NOT NULL AS embedded',
  classification: '',
} as const;
export type QuestionField = keyof typeof columnsOfFields;
export const questionFields = new Set(Object.keys(columnsOfFields) as QuestionField[]);

const topic = 'LEFT JOIN topic ON topic.id = question.topic_id';
const label = 'LEFT JOIN label ON label.question_id = question.id AND label.said_by = question.topic_said_by';
const verdict = `
  LEFT JOIN classification AS verdict ON verdict.question_id = question.id
    AND verdict.text_hash = md5(question.text)
    AND verdict.head_id = (SELECT id FROM trained_head WHERE state = 'in_use')`;
const embedding = `
  LEFT JOIN embedding ON embedding.question_id = question.id
    AND embedding.text_hash = md5(question.text)
    AND embedding.encoder = (SELECT id FROM encoder WHERE in_use)`;

/**
 * QuestionRecords, of a team or of anybody: callers without a role are not told who labelled it and what the head says.
 * Vectors and verdicts of a text that has changed since do not count, nor do verdicts of a head that is not in use any more.
 * @param fields what is wanted of them; what is not is undefined in the rows
 */
export function questionSource(team: boolean, fields: ReadonlySet<QuestionField> = questionFields): QuestionSource {
  const columns = ['question.id, question.seq, question.state'];
  const tables = ['question', topic];
  for (const field of fields) if (columnsOfFields[field] !== '') columns.push(columnsOfFields[field]);
  if (team && fields.has('label')) {
    columns.push('label.actor AS "labelActor", label.created_at AS "labelledAt"');
    tables.push(label);
  }
  // Filters look at verdicts, too.
  if (team) tables.push(verdict);
  if (team && fields.has('classification'))
    columns.push(`verdict.unknown, verdict.topic_id AS "nearestTopicId", verdict.confidence,
      verdict.head_id AS "headId", verdict.created_at AS "classifiedAt"`);
  if (fields.has('embedded')) tables.push(embedding);
  return { columns: columns.join(', '), tables: tables.join(' ') };
}

/** What a field of the message `Topic` takes of a row, if the topic of the label comes along. */
const columnsOfTopics = {
  slug: 'topic.slug AS "topicSlug"',
  title: 'topic.title AS "topicTitle"',
  description: 'topic.description AS "topicDescription"',
  version: 'topic.version AS "topicVersion"',
  created_at_ms: 'topic.created_at AS "topicCreatedAt"',
  updated_at_ms: 'topic.updated_at AS "topicUpdatedAt"',
  parent_id: 'topic.parent_id AS "topicParentId"',
  merged_into_id: 'topic.merged_into AS "topicMergedInto"',
  changed_by: 'topic.changed_by AS "topicChangedBy"',
} as const;
export type TopicField = keyof typeof columnsOfTopics;
export const topicFields = new Set(Object.keys(columnsOfTopics) as TopicField[]);

/** The topic of the label, beside the columns of a source: it is joined anyway. */
export const topicColumns = (fields: ReadonlySet<TopicField> = topicFields): string =>
  [
    'topic.seq AS "topicSeq"',
    'topic.state AS "topicState"',
    ...[...fields].map((field) => columnsOfTopics[field]),
  ].join(', ');

type Prefixed<T> = { readonly [Key in keyof T & string as `topic${Capitalize<Key>}`]: T[Key] };

/** What `topicColumns` adds to a record. */
export type TopicColumns = Prefixed<Omit<TopicRecord, 'id' | 'questionCount' | 'labelledCount'>>;

/** The topic of a row that has one, without counts. */
export function topicOfRow(row: QuestionRecord & TopicColumns): TopicRecord | undefined {
  if (row.topicId === null) return undefined;
  return {
    id: row.topicId,
    seq: row.topicSeq,
    slug: row.topicSlug,
    title: row.topicTitle,
    description: row.topicDescription,
    state: row.topicState,
    version: row.topicVersion,
    createdAt: row.topicCreatedAt,
    updatedAt: row.topicUpdatedAt,
    parentId: row.topicParentId,
    mergedInto: row.topicMergedInto,
    changedBy: row.topicChangedBy,
    questionCount: 0,
    labelledCount: 0,
  };
}
