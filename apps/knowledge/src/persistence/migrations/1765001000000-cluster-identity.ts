import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Clusters of a run in a table of their own, how they came from those of the run before, and suggestions that outlive
 * the run that made them: their questions, and the decisions on them, which can be undone.
 */
export class ClusterIdentity1765001000000 implements MigrationInterface {
  name = 'ClusterIdentity1765001000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of down) await runner.query(statement);
  }
}

const up = [
  // A run is written block by block; until it is finished nobody sees it.
  `ALTER TABLE clustering
     ADD finished boolean NOT NULL DEFAULT true,
     -- The conditions on the questions as one text: runs with the same one follow one another.
     ADD filter_key text NOT NULL DEFAULT '',
     ADD previous_id uuid REFERENCES clustering (id) ON DELETE SET NULL,
     ADD noise integer NOT NULL DEFAULT 0,
     ADD known integer NOT NULL DEFAULT 0,
     ADD k_low integer,
     ADD k_high integer,
     ADD map_method text NOT NULL DEFAULT '',
     -- { linkage, merges: [[first, second, height, size], ...] } over the run's clusters.
     ADD dendrogram jsonb`,
  `ALTER TABLE clustering ALTER finished SET DEFAULT false`,
  `UPDATE clustering SET filter_key = jsonb_build_object('scope', coalesce(parameters ->> 'scope', 'unknown'))::text`,
  `CREATE INDEX clustering_filter ON clustering (filter_key, seq DESC)`,

  `ALTER TABLE suggestion
     DROP CONSTRAINT suggestion_clustering_id_cluster_index_key,
     DROP CONSTRAINT suggestion_check,
     DROP CONSTRAINT suggestion_state_check,
     ADD CONSTRAINT suggestion_state_check
       CHECK (state IN ('pending', 'accepted', 'merged', 'rejected', 'superseded', 'split')),
     ADD merged_into_id uuid REFERENCES suggestion (id),
     ADD parent_id uuid REFERENCES suggestion (id),
     ADD renamed boolean NOT NULL DEFAULT false,
     -- Its questions are those of suggestion_member alone, not those of a cluster.
     ADD edited boolean NOT NULL DEFAULT false,
     -- Its centroid.
     ADD vector vector,
     -- 95 % of the questions of the run are at most that far from the centroid.
     ADD radius real NOT NULL DEFAULT 0,
     ADD CONSTRAINT suggestion_outcome_check
       CHECK ((state IN ('accepted', 'merged')) = (topic_id IS NOT NULL OR merged_into_id IS NOT NULL))`,
  `CREATE INDEX suggestion_cluster ON suggestion (clustering_id, cluster_index)`,

  // Questions that a suggestion has besides, or with "edited" instead of, those of its cluster.
  `CREATE TABLE suggestion_member (
     suggestion_id uuid NOT NULL REFERENCES suggestion (id) ON DELETE CASCADE,
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     distance real NOT NULL,
     -- Came after the run and was assigned to the nearest suggestion.
     late boolean NOT NULL DEFAULT false,
     -- The decision that put it there.
     decision_id uuid,
     PRIMARY KEY (suggestion_id, question_id)
   )`,
  `CREATE INDEX suggestion_member_question ON suggestion_member (question_id)`,
  `CREATE TABLE cluster (
     clustering_id uuid NOT NULL REFERENCES clustering (id) ON DELETE CASCADE,
     cluster_index integer NOT NULL,
     size integer NOT NULL,
     cohesion real NOT NULL,
     separation real NOT NULL,
     silhouette real NOT NULL,
     title text NOT NULL,
     keywords text[] NOT NULL,
     exemplar_ids uuid[] NOT NULL,
     nearest_topics jsonb NOT NULL DEFAULT '[]',
     -- Its centroid.
     vector vector,
     radius real NOT NULL DEFAULT 0,
     -- The known topic whose centroid stood fixed.
     topic_id uuid REFERENCES topic (id) ON DELETE SET NULL,
     suggestion_id uuid REFERENCES suggestion (id) ON DELETE SET NULL,
     PRIMARY KEY (clustering_id, cluster_index)
   )`,
  `CREATE INDEX cluster_suggestion ON cluster (suggestion_id)`,
  `INSERT INTO cluster (clustering_id, cluster_index, size, cohesion, separation, silhouette, title, keywords,
       exemplar_ids, nearest_topics, suggestion_id)
     SELECT clustering_id, cluster_index, size, cohesion, separation, silhouette, title, keywords,
       exemplar_ids, nearest_topics, id FROM suggestion`,

  `CREATE TABLE cluster_change (
     clustering_id uuid NOT NULL REFERENCES clustering (id) ON DELETE CASCADE,
     place integer NOT NULL,
     kind text NOT NULL CHECK (kind IN ('born', 'continued', 'split', 'merged', 'died')),
     previous_index integer,
     cluster_index integer,
     shared integer NOT NULL,
     overlap real NOT NULL,
     drift real,
     PRIMARY KEY (clustering_id, place)
   )`,

  // Places on the 2-D map. They are numbered in a random order: any first part is a fair sample.
  `CREATE TABLE map_point (
     clustering_id uuid NOT NULL REFERENCES clustering (id) ON DELETE CASCADE,
     place integer NOT NULL,
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     cluster_index integer NOT NULL,
     x real NOT NULL,
     y real NOT NULL,
     PRIMARY KEY (clustering_id, place)
   )`,
  `CREATE INDEX map_point_question ON map_point (clustering_id, question_id)`,

  `CREATE TABLE suggestion_decision (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     suggestion_id uuid NOT NULL REFERENCES suggestion (id) ON DELETE CASCADE,
     kind text NOT NULL CHECK (kind IN ('accept', 'merge', 'reject', 'rename', 'split')),
     decided_by text NOT NULL,
     decided_at timestamptz NOT NULL DEFAULT now(),
     reason text NOT NULL DEFAULT '',
     -- No foreign key: undoing removes the topic, and the decision still tells of it.
     topic_id uuid,
     made_topic boolean NOT NULL DEFAULT false,
     -- The suggestion merged into, or the parts.
     other_ids uuid[] NOT NULL DEFAULT '{}',
     labelled integer NOT NULL DEFAULT 0,
     title_before text NOT NULL,
     title_after text NOT NULL,
     -- The rows of the suggestions it changed, as they were.
     before jsonb NOT NULL,
     undone_by text,
     undone_at timestamptz,
     CHECK ((undone_by IS NULL) = (undone_at IS NULL))
   )`,
  `CREATE INDEX suggestion_decision_suggestion ON suggestion_decision (suggestion_id, seq DESC)`,
  `CREATE TABLE suggestion_decision_label (
     decision_id uuid NOT NULL REFERENCES suggestion_decision (id) ON DELETE CASCADE,
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     PRIMARY KEY (decision_id, question_id)
   )`,

  ...['suggestion_member', 'cluster', 'cluster_change', 'map_point'].map(
    (table) => `COMMENT ON TABLE ${table} IS 'not audited: computed'`,
  ),
  ...['suggestion_decision', 'suggestion_decision_label'].map(
    (table) => `COMMENT ON TABLE ${table} IS 'not audited: it is a log itself'`,
  ),

  // What was decided before: the labels of a decision were written in its transaction, at the same instant.
  `INSERT INTO suggestion_decision (suggestion_id, kind, decided_by, decided_at, reason, topic_id, made_topic, labelled,
       title_before, title_after, before)
     SELECT suggestion.id, CASE suggestion.state WHEN 'accepted' THEN 'accept' WHEN 'merged' THEN 'merge' ELSE 'reject' END,
       coalesce(decided_by, 'anonymous'), coalesce(decided_at, suggestion.created_at), reason, suggestion.topic_id,
       suggestion.state = 'accepted', 0, suggestion.title, coalesce(topic.title, suggestion.title),
       jsonb_build_array(to_jsonb(suggestion) - 'vector' || '{"state": "pending", "topic_id": null, "decided_by": null,
         "decided_at": null, "reason": ""}'::jsonb)
     FROM suggestion LEFT JOIN topic ON topic.id = suggestion.topic_id AND suggestion.state = 'accepted'
     WHERE suggestion.state IN ('accepted', 'merged', 'rejected') ORDER BY decided_at`,
  `INSERT INTO suggestion_decision_label (decision_id, question_id)
     SELECT decision.id, label.question_id
     FROM suggestion_decision decision
     JOIN suggestion ON suggestion.id = decision.suggestion_id
     JOIN clustering_member member
       ON member.clustering_id = suggestion.clustering_id AND member.cluster_index = suggestion.cluster_index
     JOIN label ON label.question_id = member.question_id AND label.said_by = 'person'
       AND label.topic_id = decision.topic_id AND label.created_at = decision.decided_at`,
  `UPDATE suggestion_decision SET labelled =
     (SELECT count(*) FROM suggestion_decision_label label WHERE label.decision_id = suggestion_decision.id)`,
];

const down = [
  'DROP TABLE suggestion_decision_label',
  'DROP TABLE suggestion_decision',
  'DROP TABLE map_point',
  'DROP TABLE cluster_change',
  'DROP TABLE cluster',
  'DROP TABLE suggestion_member',
  'DELETE FROM clustering WHERE NOT finished',
  // The old schema has neither parts nor suggestions merged into others, and one suggestion per cluster.
  `UPDATE suggestion SET state = 'superseded', decided_by = NULL, decided_at = NULL
     WHERE state = 'split' OR merged_into_id IS NOT NULL AND topic_id IS NULL`,
  `UPDATE suggestion SET parent_id = NULL, merged_into_id = NULL`,
  `DELETE FROM suggestion WHERE edited AND state <> 'accepted' AND state <> 'merged'
     OR EXISTS (SELECT 1 FROM suggestion older WHERE older.clustering_id = suggestion.clustering_id
       AND older.cluster_index = suggestion.cluster_index AND older.seq < suggestion.seq)`,
  `ALTER TABLE suggestion
     DROP CONSTRAINT suggestion_outcome_check,
     DROP CONSTRAINT suggestion_state_check,
     DROP merged_into_id, DROP parent_id, DROP renamed, DROP edited, DROP vector, DROP radius,
     ADD CONSTRAINT suggestion_state_check
       CHECK (state IN ('pending', 'accepted', 'merged', 'rejected', 'superseded')),
     ADD CONSTRAINT suggestion_check CHECK ((state IN ('accepted', 'merged')) = (topic_id IS NOT NULL)),
     ADD CONSTRAINT suggestion_clustering_id_cluster_index_key UNIQUE (clustering_id, cluster_index)`,
  'DROP INDEX suggestion_cluster',
  'DROP INDEX clustering_filter',
  `ALTER TABLE clustering DROP finished, DROP filter_key, DROP previous_id, DROP noise, DROP known, DROP k_low,
     DROP k_high, DROP map_method, DROP dendrogram`,
];
