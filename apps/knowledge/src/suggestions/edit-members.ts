/** Suggestions whose questions people have put together; their figures follow from the questions alone. */
import type { Sql } from '../persistence/database.js';
import { suggestionQuestions } from './read-suggestions.js';
import type { SuggestionRecord } from './suggestion-record.js';

const exemplars = 5;
const keywords = 10;

/**
 * Gives questions of one suggestion to another, which from then on has a list of its own.
 * @param decisionId remembered with every row: undoing takes out what has it
 */
export async function joinMembers(
  sql: Sql,
  source: SuggestionRecord,
  target: SuggestionRecord,
  questionIds: readonly string[],
  decisionId: string,
): Promise<void> {
  await sql.rows(
    `INSERT INTO suggestion_member (suggestion_id, question_id, distance, decision_id)
     SELECT suggestion_id, question_id, distance, $2 FROM ${suggestionQuestions}
     WHERE suggestion_id = $1 AND NOT late AND NOT $3 ON CONFLICT DO NOTHING`,
    [target.id, decisionId, target.edited],
  );
  await addMembers(sql, target.id, questionIds, decisionId);
  await sql.rows('UPDATE suggestion SET edited = true, keywords = $2, version = version + 1 WHERE id = $1', [
    target.id,
    [...new Set([...target.keywords, ...source.keywords])].slice(0, keywords),
  ]);
  await refreshFigures(sql, target.id);
}

export async function addMembers(
  sql: Sql,
  suggestionId: string,
  questionIds: readonly string[],
  decisionId: string,
): Promise<void> {
  await sql.rows(
    `INSERT INTO suggestion_member (suggestion_id, question_id, distance, decision_id)
     SELECT $1, unnest($2::uuid[]), 0, $3 ON CONFLICT DO NOTHING`,
    [suggestionId, questionIds, decisionId],
  );
}

/**
 * Size, centroid, distances, cohesion, exemplars and separation of an edited suggestion, from the vectors of its
 * questions. Its silhouette is 0: it would need the whole run.
 */
export async function refreshFigures(sql: Sql, suggestionId: string): Promise<void> {
  await sql.rows(
    `UPDATE suggestion SET
       vector = coalesce((SELECT avg(e.vector) FROM suggestion_member m
         JOIN embedding e ON e.encoder = clustering.encoder AND e.question_id = m.question_id
         WHERE m.suggestion_id = suggestion.id), suggestion.vector)
     FROM clustering WHERE clustering.id = suggestion.clustering_id AND suggestion.id = $1`,
    [suggestionId],
  );
  // A question without a vector of that encoder counts as far away.
  await sql.rows(
    `UPDATE suggestion_member SET distance = coalesce(
       (SELECT e.vector <=> suggestion.vector FROM suggestion
          JOIN clustering ON clustering.id = suggestion.clustering_id
          JOIN embedding e ON e.encoder = clustering.encoder AND e.question_id = suggestion_member.question_id
        WHERE suggestion.id = $1), 1)
     WHERE suggestion_id = $1`,
    [suggestionId],
  );
  await sql.rows(
    `UPDATE suggestion SET size = figures.size, cohesion = 1 - figures.distance, radius = figures.radius, silhouette = 0,
       exemplar_ids = ARRAY(SELECT question_id FROM suggestion_member WHERE suggestion_id = $1
         ORDER BY distance, question_id LIMIT ${exemplars}),
       separation = coalesce((SELECT min(other.vector <=> suggestion.vector)
         FROM suggestion other JOIN clustering theirs ON theirs.id = other.clustering_id
         WHERE other.id <> suggestion.id AND other.state = 'pending' AND theirs.encoder = own.encoder
           AND other.vector IS NOT NULL), 0)
     FROM clustering own, (
       SELECT count(*) FILTER (WHERE NOT late) AS size, avg(distance) AS distance,
         percentile_disc(0.95) WITHIN GROUP (ORDER BY distance) AS radius
       FROM suggestion_member WHERE suggestion_id = $1) AS figures
     WHERE suggestion.id = $1 AND own.id = suggestion.clustering_id`,
    [suggestionId],
  );
}
