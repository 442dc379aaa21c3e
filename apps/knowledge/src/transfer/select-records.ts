import type { ExportPlace } from './export-cursor.js';

export interface ExportFilter {
  /** Empty: all. */
  readonly topicId: string;
  readonly source: string;
}

/** `seq` and `at_version` order the rows, `size` is about the characters of one, `fields` what its record says. */
export interface PartStatement {
  readonly record: string;
  readonly text: string;
  readonly parameters: unknown[];
  /** Past versions, which an export may leave out. */
  readonly isPast: boolean;
}

/** With the microseconds that a JavaScript date has not. */
export const instant = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The id that content has in exports. */
export const exportedId = (row: string) => `coalesce(${row}.origin_id, ${row}.id)`;
const topicOf = (id: string, condition = 'true') =>
  `(SELECT ${exportedId('named')} FROM topic AS named WHERE named.id = ${id} AND ${condition})`;

const written = (row: string) => `'version', ${row}.version, 'createdAt', ${instant(`${row}.created_at`)},
  'updatedAt', ${instant(`${row}.updated_at`)}, 'changedBy', ${row}.changed_by`;
const deletion = (row: string) => `'publishAt', ${instant(`${row}.publish_at`)},
  'deletedAt', ${instant(`${row}.deleted_at`)}, 'stateBeforeDeletion', ${row}.state_before_deletion`;
const redirects = (entity: string, row: string) =>
  `(SELECT json_agg(json_build_object('slug', old.slug, 'at', ${instant('old.created_at')}) ORDER BY old.created_at, old.slug)
    FROM slug_redirect AS old WHERE old.entity = '${entity}' AND old.entity_id = ${row}.id)`;

/** What the record of a topic `t` says. */
export const topicFields = `json_build_object('id', ${exportedId('t')}, 'slug', t.slug, 'title', t.title,
  'description', t.description, 'state', t.state, ${written('t')}, 'redirects', ${redirects('topic', 't')})`;

/** @param topics condition on the topics that are referred to */
const placeFields = (topics: string) => `json_build_object('topic', ${exportedId('t')},
  'updatedAt', ${instant('t.updated_at')}, 'parent', ${topicOf('t.parent_id', topics)},
  'mergedInto', ${topicOf('t.merged_into', topics)})`;

/** What the record of a question `q` says. @param topics condition on the topic `l` of a label */
export const questionFields = (topics = 'true') => `json_build_object('id', ${exportedId('q')}, 'source', q.source,
  'externalId', q.external_id, 'slug', q.slug, 'text', q.text, 'language', q.language, 'state', q.state, 'tags', q.tags,
  ${written('q')}, 'publishedAt', ${instant('q.published_at')}, ${deletion('q')},
  'labels', (SELECT json_agg(json_build_object('saidBy', label.said_by, 'topic', ${exportedId('l')},
      'actor', label.actor, 'at', ${instant('label.created_at')}) ORDER BY label.said_by)
    FROM label JOIN topic AS l ON l.id = label.topic_id
    WHERE label.question_id = q.id AND label.said_by <> 'model' AND ${topics}),
  'annotations', (SELECT json_agg(json_strip_nulls(json_build_object('annotator', annotation.annotator,
      'verdict', annotation.verdict, 'topic', ${exportedId('l')}, 'at', ${instant('annotation.created_at')}))
      ORDER BY annotation.seq)
    FROM annotation LEFT JOIN topic AS l ON l.id = annotation.topic_id
    WHERE annotation.question_id = q.id AND (l.id IS NULL OR ${topics})),
  'redirects', ${redirects('question', 'q')})`;

/** What the record of an answer `a` to a question `q` says. */
export const answerFields = `json_build_object('id', ${exportedId('a')}, 'question', ${exportedId('q')}, 'body', a.body,
  'language', a.language, 'state', a.state, 'imported', nullif(a.imported, false), ${written('a')}, ${deletion('a')})`;

/** Ids of topics in the content of a version are those of the export, where the topic is still there. */
const pastContent = (names: readonly string[]) =>
  `past.content || jsonb_strip_nulls(jsonb_build_object(${names
    .map((name) => `'${name}', ${topicOf(`(past.content ->> '${name}')::uuid`)}`)
    .join(', ')}))`;
const pastFields = (kind: string, row: string, content: string) => `json_build_object('of', '${kind}',
  'id', ${exportedId(row)}, 'version', past.version, 'content', ${content}, 'changedBy', past.changed_by,
  'changedAt', ${instant('past.changed_at')})`;

/** The statement that reads a part of an export from its place on, without order and limit. */
export function selectPart(part: string, place: ExportPlace, filter: ExportFilter): PartStatement {
  const parameters: unknown[] = [];
  const $ = (value: unknown) => `$${parameters.push(value)}`;
  const chosen = (row: string) =>
    [
      `${row}.seq <= ${$(place.questions)}`,
      ...(filter.topicId === '' ? [] : [`${row}.topic_id = ${$(filter.topicId)}`]),
      ...(filter.source === '' ? [] : [`${row}.source = ${$(filter.source)}`]),
    ].join(' AND ');
  const topics = (row: string): string => {
    const known = `${row}.seq <= ${$(place.topics)}`;
    return filter.topicId === '' && filter.source === '' ? known : `${known} AND ${row}.id IN (${named()})`;
  };
  /** Topics that the chosen questions are labelled with, those above them, and those they were merged into. */
  const named = () => `WITH RECURSIVE named (id) AS (
      SELECT used.topic_id FROM (
        SELECT question_id, topic_id FROM label WHERE said_by <> 'model'
        UNION ALL SELECT question_id, topic_id FROM annotation WHERE topic_id IS NOT NULL
      ) AS used JOIN question AS q ON q.id = used.question_id WHERE ${chosen('q')}
      UNION
      SELECT linked.id FROM named JOIN topic ON topic.id = named.id
      CROSS JOIN LATERAL unnest(ARRAY[topic.parent_id, topic.merged_into]) AS linked (id) WHERE linked.id IS NOT NULL
    ) SELECT id FROM named`;
  const select = (record: string, row: string, size: string, fields: string, from: string): PartStatement => ({
    record,
    text: `SELECT ${row}.seq, 0 AS at_version, ${size} AS size, ${fields} AS fields FROM ${from}
           AND ${row}.seq > ${$(place.seq)}`,
    parameters,
    isPast: false,
  });
  const past = (kind: string, row: string, content: string, from: string, where: string): PartStatement => ({
    record: 'version',
    text: `SELECT ${row}.seq, past.version AS at_version, length(past.content::text) + 200 AS size,
             ${pastFields(kind, row, content)} AS fields
           FROM ${from} JOIN content_version AS past ON past.entity = '${kind}' AND past.entity_id = ${row}.id
           WHERE ${where} AND (${row}.seq, past.version) > (${$(place.seq)}::bigint, ${$(place.version)}::integer)`,
    parameters,
    isPast: true,
  });
  const answered = () => `a.seq <= ${$(place.answers)} AND ${chosen('q')}`;
  const answers = 'answer AS a JOIN question AS q ON q.id = a.question_id';
  switch (part) {
    case 'topics':
      return select('topic', 't', 'length(t.description) + 200', topicFields, `topic AS t WHERE ${topics('t')}`);
    case 'places':
      return select(
        'place',
        't',
        '200',
        placeFields(`named.seq <= ${$(place.topics)}`),
        `topic AS t WHERE (t.parent_id IS NOT NULL OR t.merged_into IS NOT NULL) AND ${topics('t')}`,
      );
    case 'questions': {
      const fields = questionFields(`l.seq <= ${$(place.topics)}`);
      return select('question', 'q', 'length(q.text) + 500', fields, `question AS q WHERE ${chosen('q')}`);
    }
    case 'answers':
      return select('answer', 'a', 'length(a.body) + 300', answerFields, `${answers} WHERE ${answered()}`);
    case 'votes':
      return select(
        'vote',
        'vote',
        'length(vote.comment) + 200',
        `json_build_object('answer', ${exportedId('a')}, 'voter', vote.voter, 'helpful', vote.helpful,
           'comment', vote.comment, 'at', ${instant('vote.updated_at')})`,
        `${answers} JOIN answer_vote AS vote ON vote.answer_id = a.id WHERE ${answered()}`,
      );
    case 'topicPast':
      return past('topic', 't', pastContent(['parentId', 'mergedInto']), 'topic AS t', topics('t'));
    case 'questionPast':
      return past('question', 'q', pastContent(['topicId']), 'question AS q', chosen('q'));
    default:
      return past('answer', 'a', 'past.content', answers, answered());
  }
}
