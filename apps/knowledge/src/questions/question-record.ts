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

const ofEverybody = `
  question.id, question.seq, question.slug, question.text, question.state, question.tags, question.source,
  question.external_id AS "externalId", question.version, question.created_at AS "createdAt",
  question.updated_at AS "updatedAt", question.published_at AS "publishedAt",
  question.language, question.publish_at AS "publishAt", question.deleted_at AS "deletedAt",
  question.changed_by AS "changedBy", question.topic_id AS "topicId", topic.state = 'active' AS "topicActive",
  question.topic_said_by AS "saidBy", embedding.question_id IS NOT NULL AS embedded`;

const topicAndLabel = `
  question
  LEFT JOIN topic ON topic.id = question.topic_id
  LEFT JOIN label ON label.question_id = question.id AND label.said_by = question.topic_said_by`;

const embedding = `
  LEFT JOIN embedding ON embedding.question_id = question.id
    AND embedding.text_hash = md5(question.text)
    AND embedding.encoder = (SELECT id FROM encoder WHERE in_use)`;

/**
 * QuestionRecords. Vectors and verdicts of a text that has changed since do not count, nor do verdicts of a head that is
 * not in use any more.
 */
export const questionsOfTeam: QuestionSource = {
  columns: `${ofEverybody},
    label.actor AS "labelActor", label.created_at AS "labelledAt",
    verdict.unknown, verdict.topic_id AS "nearestTopicId", verdict.confidence,
    verdict.head_id AS "headId", verdict.created_at AS "classifiedAt"`,
  tables: `${topicAndLabel}
    LEFT JOIN classification AS verdict ON verdict.question_id = question.id
      AND verdict.text_hash = md5(question.text)
      AND verdict.head_id = (SELECT id FROM trained_head WHERE state = 'in_use')
    ${embedding}`,
};

/** The same without who labelled it and what the head says, which callers without a role are not told: two joins less. */
export const questionsOfAnybody: QuestionSource = {
  columns: `${ofEverybody},
    NULL AS "labelActor", NULL AS "labelledAt",
    NULL::boolean AS unknown, NULL AS "nearestTopicId", NULL AS confidence, NULL AS "headId", NULL AS "classifiedAt"`,
  tables: `question LEFT JOIN topic ON topic.id = question.topic_id ${embedding}`,
};

/** The topic of the label, beside the columns of a source: it is joined anyway. */
export const topicColumns = `
  topic.seq AS "topicSeq", topic.slug AS "topicSlug", topic.title AS "topicTitle",
  topic.description AS "topicDescription", topic.state AS "topicState", topic.version AS "topicVersion",
  topic.created_at AS "topicCreatedAt", topic.updated_at AS "topicUpdatedAt", topic.parent_id AS "topicParentId",
  topic.merged_into AS "topicMergedInto", topic.changed_by AS "topicChangedBy"`;

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
