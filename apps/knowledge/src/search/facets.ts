import type { Sql } from '../persistence/database.js';

export interface FacetCount {
  readonly facet: string;
  readonly value: string;
  readonly count: number;
}

/** Values of one facet, the most frequent. */
const mostValues = 50;

/**
 * How many of some questions have each topic, tag, state and language: of those that were found, so that the cost does
 * not grow with the table.
 */
export async function countFacets(sql: Sql, questionIds: readonly string[]): Promise<FacetCount[]> {
  if (questionIds.length === 0) return [];
  return sql.rows<FacetCount>(
    `WITH hit AS MATERIALIZED (
       SELECT question.state, question.language, question.tags, topic.id AS topic_id
       FROM question LEFT JOIN topic ON topic.id = question.topic_id AND topic.state = 'active'
       WHERE question.id = ANY ($1::uuid[])),
     counted AS (
       SELECT 'topic' AS facet, topic_id::text AS value, count(*)::int AS count FROM hit
         WHERE topic_id IS NOT NULL GROUP BY topic_id
       UNION ALL SELECT 'tag', tag, count(*)::int FROM hit, unnest(tags) AS tag GROUP BY tag
       UNION ALL SELECT 'state', state, count(*)::int FROM hit GROUP BY state
       UNION ALL SELECT 'language', language, count(*)::int FROM hit GROUP BY language)
     SELECT facet, value, count FROM (
       SELECT *, row_number() OVER (PARTITION BY facet ORDER BY count DESC, value) AS place FROM counted) AS placed
     WHERE place <= ${mostValues} ORDER BY facet, place`,
    [questionIds],
  );
}
