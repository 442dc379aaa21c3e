import type { Sql } from '../persistence/database.js';

/**
 * Gives unknown questions that came after the last run to the pending suggestion whose centroid is nearest, without a
 * new run. A question farther away than 95 % of the suggestion's own questions goes to none, and neither does one that
 * the run has seen: the run knew better. Only suggestions of runs without further conditions take part. Run it in the
 * transaction that stores the verdicts; each suggestion that gets questions has a new version, since accepting it now
 * means more than somebody may have seen.
 * @param questionIds questions that are unknown now
 * @returns how many were assigned
 */
export async function assignToSuggestions(sql: Sql, questionIds: readonly string[]): Promise<number> {
  if (questionIds.length === 0) return 0;
  const assigned = await sql.rows<{ suggestion_id: string }>(
    `WITH open AS MATERIALIZED (
       SELECT suggestion.id, suggestion.vector, suggestion.radius, suggestion.clustering_id, clustering.encoder,
         coalesce((clustering.parameters ->> 'spherical')::boolean, true) AS spherical
       FROM suggestion JOIN clustering ON clustering.id = suggestion.clustering_id
       WHERE suggestion.state = 'pending' AND suggestion.vector IS NOT NULL
         AND clustering.filter_key IN ('{"scope": "unknown"}', '{"scope": "unlabelled"}', '{"scope": "all"}'))
     INSERT INTO suggestion_member (suggestion_id, question_id, distance, late)
     SELECT nearest.id, e.question_id, nearest.distance, true
     FROM embedding e JOIN question ON question.id = e.question_id AND e.text_hash = md5(question.text)
     CROSS JOIN LATERAL (
       SELECT open.id, open.radius, open.clustering_id,
         CASE WHEN open.spherical THEN e.vector <=> open.vector ELSE e.vector <-> open.vector END AS distance
       FROM open WHERE open.encoder = e.encoder ORDER BY distance LIMIT 1) AS nearest
     WHERE e.question_id = ANY ($1::uuid[]) AND nearest.distance <= nearest.radius
       AND coalesce(question.topic_said_by, 'model') = 'model'
       AND NOT EXISTS (SELECT 1 FROM open JOIN clustering_member seen
         ON seen.clustering_id = open.clustering_id AND seen.question_id = e.question_id)
       AND NOT EXISTS (SELECT 1 FROM open JOIN suggestion_member had
         ON had.suggestion_id = open.id AND had.question_id = e.question_id)
     ON CONFLICT DO NOTHING RETURNING suggestion_id`,
    [questionIds],
  );
  if (assigned.length > 0)
    await sql.rows('UPDATE suggestion SET version = version + 1 WHERE id = ANY ($1::uuid[])', [
      [...new Set(assigned.map(({ suggestion_id: id }) => id))],
    ]);
  return assigned.length;
}
