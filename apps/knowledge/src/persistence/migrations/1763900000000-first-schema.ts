import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Content, labels, vectors, discovery, jobs and keys. `seq` orders lists: it is unique and never changes, so that a
 * cursor over it neither skips nor repeats.
 */
export class FirstSchema1763900000000 implements MigrationInterface {
  name = 'FirstSchema1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'api_key',
      'job',
      'suggestion',
      'clustering_member',
      'clustering',
      'classification',
      'trained_head',
      'embedding',
      'encoder',
      'label',
      'answer',
      'question',
      'topic',
      'idempotent_result',
    ])
      await runner.query(`DROP TABLE IF EXISTS ${table} CASCADE`);
  }
}

const statements = [
  `CREATE EXTENSION IF NOT EXISTS vector`,

  `CREATE TABLE topic (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     slug text NOT NULL UNIQUE,
     title text NOT NULL,
     description text NOT NULL DEFAULT '',
     state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'archived')),
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,

  `CREATE TABLE question (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     slug text NOT NULL UNIQUE,
     text text NOT NULL,
     state text NOT NULL CHECK (state IN ('incoming', 'draft', 'published', 'archived')),
     tags text[] NOT NULL DEFAULT '{}',
     source text NOT NULL,
     external_id text,
     -- The label that holds: a copy of the strongest row in label, kept in the transaction that changes labels.
     topic_id uuid REFERENCES topic (id),
     topic_said_by text CHECK (topic_said_by IN ('person', 'import', 'model')),
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     published_at timestamptz,
     search tsvector GENERATED ALWAYS AS (to_tsvector('english', text)) STORED,
     UNIQUE (source, external_id),
     CHECK ((topic_id IS NULL) = (topic_said_by IS NULL))
   )`,
  `CREATE INDEX question_search ON question USING gin (search)`,
  `CREATE INDEX question_topic ON question (topic_id, seq DESC)`,
  `CREATE INDEX question_state ON question (state, seq DESC)`,

  `CREATE TABLE answer (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     body text NOT NULL,
     state text NOT NULL CHECK (state IN ('draft', 'published', 'archived')),
     -- Written by an import: the next import of the same row replaces it, and leaves answers of people alone.
     imported boolean NOT NULL DEFAULT false,
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED
   )`,
  `CREATE INDEX answer_question ON answer (question_id, seq)`,
  `CREATE UNIQUE INDEX answer_imported ON answer (question_id) WHERE imported`,
  `CREATE INDEX answer_search ON answer USING gin (search)`,

  // One label per question and kind of source; person outranks import outranks model.
  `CREATE TABLE label (
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     said_by text NOT NULL CHECK (said_by IN ('person', 'import', 'model')),
     topic_id uuid NOT NULL REFERENCES topic (id),
     -- Key name, import source, or head id.
     actor text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (question_id, said_by)
   )`,
  `CREATE INDEX label_topic ON label (topic_id, said_by)`,

  // An encoder with its way of pooling: the provenance that vectors point to. One is in use.
  `CREATE TABLE encoder (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     encoder_id text NOT NULL,
     revision text NOT NULL,
     layer integer NOT NULL,
     pooling text NOT NULL,
     normalized boolean NOT NULL,
     dimension integer NOT NULL,
     in_use boolean NOT NULL DEFAULT false,
     created_at timestamptz NOT NULL DEFAULT now(),
     UNIQUE (encoder_id, revision, layer, pooling, normalized, dimension)
   )`,
  `CREATE UNIQUE INDEX encoder_one_in_use ON encoder (in_use) WHERE in_use`,

  // The HNSW index of an encoder is partial (WHERE encoder = n) on vector::vector(dimension): see embedding/hnsw-index.ts.
  `CREATE TABLE embedding (
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     encoder integer NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
     -- md5 of the embedded text: a changed text needs a new vector.
     text_hash text NOT NULL,
     vector vector NOT NULL,
     tokens integer NOT NULL,
     truncated boolean NOT NULL,
     PRIMARY KEY (encoder, question_id)
   )`,
  `CREATE INDEX embedding_question ON embedding (question_id)`,

  `CREATE TABLE trained_head (
     id text PRIMARY KEY,
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     state text NOT NULL DEFAULT 'candidate' CHECK (state IN ('candidate', 'in_use', 'retired')),
     encoder integer NOT NULL REFERENCES encoder (id),
     -- Figures, unknown detector and parameters as inference reported them.
     figures jsonb NOT NULL,
     parent_id text,
     job_id uuid,
     seed bigint NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     promoted_at timestamptz
   )`,
  `CREATE UNIQUE INDEX trained_head_one_in_use ON trained_head (state) WHERE state = 'in_use'`,

  // What the head in use says; the newest verdict only.
  `CREATE TABLE classification (
     question_id uuid PRIMARY KEY REFERENCES question (id) ON DELETE CASCADE,
     head_id text NOT NULL REFERENCES trained_head (id),
     text_hash text NOT NULL,
     unknown boolean NOT NULL,
     topic_id uuid REFERENCES topic (id),
     confidence real NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE INDEX classification_unknown ON classification (question_id) WHERE unknown`,

  `CREATE TABLE clustering (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     job_id uuid NOT NULL UNIQUE,
     encoder integer NOT NULL REFERENCES encoder (id),
     parameters jsonb NOT NULL,
     questions integer NOT NULL,
     n_clusters integer NOT NULL,
     inertia double precision NOT NULL,
     silhouette double precision NOT NULL,
     iterations integer NOT NULL,
     candidates jsonb NOT NULL DEFAULT '[]',
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE clustering_member (
     clustering_id uuid NOT NULL REFERENCES clustering (id) ON DELETE CASCADE,
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     cluster_index integer NOT NULL,
     distance real NOT NULL,
     PRIMARY KEY (clustering_id, question_id)
   )`,
  `CREATE INDEX clustering_member_cluster ON clustering_member (clustering_id, cluster_index, distance)`,

  `CREATE TABLE suggestion (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     clustering_id uuid NOT NULL REFERENCES clustering (id) ON DELETE CASCADE,
     cluster_index integer NOT NULL,
     title text NOT NULL,
     keywords text[] NOT NULL,
     exemplar_ids uuid[] NOT NULL,
     size integer NOT NULL,
     cohesion real NOT NULL,
     separation real NOT NULL,
     silhouette real NOT NULL,
     -- [{ "topicId": ..., "distance": ... }], nearest first.
     nearest_topics jsonb NOT NULL DEFAULT '[]',
     state text NOT NULL DEFAULT 'pending'
       CHECK (state IN ('pending', 'accepted', 'merged', 'rejected', 'superseded')),
     topic_id uuid REFERENCES topic (id),
     decided_by text,
     decided_at timestamptz,
     reason text NOT NULL DEFAULT '',
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     UNIQUE (clustering_id, cluster_index),
     CHECK ((state IN ('accepted', 'merged')) = (topic_id IS NOT NULL))
   )`,
  `CREATE INDEX suggestion_state ON suggestion (state, seq DESC)`,

  // The truth about a job; the queue only carries its id. `fence` grows with every claim: a worker that lost its
  // job can no longer write (see jobs/claim-job.ts).
  `CREATE TABLE job (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     kind text NOT NULL CHECK (kind IN ('embed', 'classify', 'cluster', 'train')),
     state text NOT NULL DEFAULT 'queued'
       CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
     input jsonb NOT NULL,
     result jsonb,
     error jsonb,
     stage text NOT NULL DEFAULT '',
     done bigint NOT NULL DEFAULT 0,
     total bigint NOT NULL DEFAULT 0,
     stage_started_at timestamptz,
     attempt integer NOT NULL DEFAULT 0,
     fence integer NOT NULL DEFAULT 0,
     -- The worker that claimed the job holds it until then, and extends the lease every few seconds.
     lease_until timestamptz,
     -- Not before then: a job that is tried again waits longer each time. Failures in a row count up to the last try.
     run_after timestamptz NOT NULL DEFAULT now(),
     failures integer NOT NULL DEFAULT 0,
     cancel_requested boolean NOT NULL DEFAULT false,
     created_by text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     started_at timestamptz,
     finished_at timestamptz,
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE INDEX job_state ON job (state, seq DESC)`,

  // What a mutation with an idempotency key made, so that a retry returns it.
  `CREATE TABLE idempotent_result (
     actor text NOT NULL,
     operation text NOT NULL,
     key text NOT NULL,
     entity_id text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (actor, operation, key)
   )`,

  `CREATE TABLE api_key (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     name text NOT NULL,
     role text NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
     -- SHA-256 of the key, hex. Keys are 256 random bits, so a slow hash would protect nothing more.
     hash text NOT NULL UNIQUE,
     created_at timestamptz NOT NULL DEFAULT now(),
     revoked_at timestamptz
   )`,
];
