import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What content lives through: review, a date of publishing, deletion and its undoing, versions, other addresses, votes on
 * answers, and topics as a tree.
 */
export class ContentLife1765002000000 implements MigrationInterface {
  name = 'ContentLife1765002000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of down) await runner.query(statement);
  }
}

/** What a version is made of: names in the stored JSON, and the columns they are of. */
const versioned: Record<string, Record<string, string>> = {
  question: {
    text: '.text',
    state: '.state',
    tags: '.tags',
    language: '.language',
    slug: '.slug',
    publishAt: '.publish_at',
    deletedAt: '.deleted_at',
    // What a model says is not content.
    topicId: '.label_of_people',
  },
  answer: { body: '.body', state: '.state', publishAt: '.publish_at', deletedAt: '.deleted_at' },
  topic: {
    title: '.title',
    description: '.description',
    state: '.state',
    slug: '.slug',
    parentId: '.parent_id',
    mergedInto: '.merged_into',
  },
};

function asJson(content: Record<string, string>, row: 'OLD' | 'NEW'): string {
  const column = (name: string) =>
    name === '.label_of_people'
      ? `CASE WHEN ${row}.topic_said_by <> 'model' THEN ${row}.topic_id END`
      : `${row}${name}`;
  return `jsonb_build_object(${Object.entries(content)
    .map(([name, of]) => `'${name}', ${column(of)}`)
    .join(', ')})`;
}

const up = [
  `CREATE EXTENSION IF NOT EXISTS pg_trgm`,

  `ALTER TABLE question
     -- BCP 47, lower case.
     ADD COLUMN IF NOT EXISTS language text NOT NULL DEFAULT 'en',
     ADD COLUMN publish_at timestamptz,
     -- Deleted content is archived too, so that whoever leaves out what is archived leaves it out.
     ADD COLUMN deleted_at timestamptz,
     ADD COLUMN state_before_deletion text,
     -- Who made this version; see the trigger below.
     ADD COLUMN changed_by text NOT NULL DEFAULT '',
     DROP CONSTRAINT question_state_check,
     ADD CONSTRAINT question_state_check CHECK (state IN ('incoming', 'draft', 'review', 'published', 'archived')),
     ADD CONSTRAINT question_deleted_check
       CHECK ((deleted_at IS NULL) = (state_before_deletion IS NULL) AND (deleted_at IS NULL OR state = 'archived'))`,
  `CREATE INDEX question_publish_at ON question (publish_at) WHERE publish_at IS NOT NULL`,
  `CREATE INDEX question_deleted ON question (deleted_at) WHERE deleted_at IS NOT NULL`,
  `CREATE INDEX question_trigrams ON question USING gin (text gin_trgm_ops)`,

  // Score: the share that found it helpful with two imaginary votes on either side, so that an answer without votes
  // stands between good and bad ones (Agresti, Coull 1998). Flagged: the upper end of Wilson's 95 % interval is below
  // one half, which takes four votes at least.
  `ALTER TABLE answer
     ADD COLUMN publish_at timestamptz,
     ADD COLUMN deleted_at timestamptz,
     ADD COLUMN state_before_deletion text,
     ADD COLUMN changed_by text NOT NULL DEFAULT '',
     ADD COLUMN helpful integer NOT NULL DEFAULT 0,
     ADD COLUMN unhelpful integer NOT NULL DEFAULT 0,
     ADD COLUMN score double precision NOT NULL
       GENERATED ALWAYS AS ((helpful + 2.0) / (helpful + unhelpful + 4.0)) STORED,
     ADD COLUMN flagged boolean NOT NULL
       GENERATED ALWAYS AS (
         helpful + unhelpful > 0 AND
         (helpful + 1.920729 + 1.959964 * sqrt(
            helpful::float8 * unhelpful / greatest(helpful + unhelpful, 1) + 0.960365)
         ) / (helpful + unhelpful + 3.841459) < 0.5) STORED,
     DROP CONSTRAINT answer_state_check,
     ADD CONSTRAINT answer_state_check CHECK (state IN ('draft', 'review', 'published', 'archived')),
     ADD CONSTRAINT answer_deleted_check
       CHECK ((deleted_at IS NULL) = (state_before_deletion IS NULL) AND (deleted_at IS NULL OR state = 'archived'))`,
  `CREATE INDEX answer_publish_at ON answer (publish_at) WHERE publish_at IS NOT NULL`,
  `CREATE INDEX answer_deleted ON answer (deleted_at) WHERE deleted_at IS NOT NULL`,
  `CREATE INDEX answer_flagged ON answer (seq DESC) WHERE flagged`,

  `ALTER TABLE topic
     ADD COLUMN parent_id uuid REFERENCES topic (id) CHECK (parent_id <> id),
     -- Where its questions went when it was merged away.
     ADD COLUMN merged_into uuid REFERENCES topic (id),
     ADD COLUMN changed_by text NOT NULL DEFAULT ''`,
  `CREATE INDEX topic_parent ON topic (parent_id)`,

  // Versions that are past; the one that holds is the row itself. A model's label makes no version: \`version\` grows,
  // and the row here stands for all numbers since the one before it.
  `CREATE TABLE content_version (
     entity text NOT NULL CHECK (entity IN ('question', 'answer', 'topic')),
     entity_id uuid NOT NULL,
     version integer NOT NULL,
     content jsonb NOT NULL,
     changed_by text NOT NULL,
     changed_at timestamptz NOT NULL,
     PRIMARY KEY (entity, entity_id, version)
   )`,
  `COMMENT ON TABLE content_version IS 'not audited: it is a log itself'`,
  // Every writer goes through it, whatever part of the program it belongs to. Who writes is said once a transaction.
  ...Object.entries(versioned).flatMap(([table, content]) => [
    `CREATE FUNCTION keep_${table}_version() RETURNS trigger LANGUAGE plpgsql AS $$
     DECLARE
       past jsonb;
     BEGIN
       IF TG_OP = 'UPDATE' THEN
         IF NEW.version = OLD.version THEN RETURN NEW; END IF;
         past := ${asJson(content, 'OLD')};
         IF past = ${asJson(content, 'NEW')} THEN RETURN NEW; END IF;
         INSERT INTO content_version (entity, entity_id, version, content, changed_by, changed_at)
         VALUES ('${table}', OLD.id, OLD.version, past, OLD.changed_by, OLD.updated_at);
       END IF;
       NEW.changed_by := coalesce(nullif(current_setting('cairn.caller', true), '')::jsonb ->> 'actor', '');
       RETURN NEW;
     END $$`,
    `CREATE TRIGGER keep_version BEFORE INSERT OR UPDATE ON ${table}
       FOR EACH ROW EXECUTE FUNCTION keep_${table}_version()`,
  ]),

  // Addresses that content had before: they lead to it still, and nothing else takes them.
  `CREATE TABLE slug_redirect (
     entity text NOT NULL CHECK (entity IN ('question', 'topic')),
     slug text NOT NULL,
     entity_id uuid NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     -- Two spaces may have the same address, each for something of its own; within one, whoever gives addresses sees to it.
     PRIMARY KEY (entity, slug, entity_id)
   )`,
  `CREATE INDEX slug_redirect_entity ON slug_redirect (entity, entity_id)`,

  `CREATE TABLE answer_vote (
     answer_id uuid NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
     -- Who votes: the caller, and if it speaks for several people, which of them.
     voter text NOT NULL,
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     helpful boolean NOT NULL,
     comment text NOT NULL DEFAULT '',
     updated_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (answer_id, voter)
   )`,

  // Merges, splits and moves of topics, with what it takes to undo them.
  `CREATE TABLE topic_operation (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
     seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
     kind text NOT NULL CHECK (kind IN ('move', 'merge', 'split')),
     topic_id uuid NOT NULL REFERENCES topic (id),
     -- Topics as they were: [{ "id", "state", "parentId", "mergedInto" }].
     before jsonb NOT NULL,
     -- Where to: the new parent, the topic merged into, or the topics split off.
     target_ids uuid[] NOT NULL,
     labels integer NOT NULL DEFAULT 0,
     done_by text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     undone_by text,
     undone_at timestamptz
   )`,
  `CREATE INDEX topic_operation_topic ON topic_operation (topic_id, seq DESC)`,
  `CREATE TABLE topic_operation_label (
     operation_id uuid NOT NULL REFERENCES topic_operation (id) ON DELETE CASCADE,
     question_id uuid NOT NULL REFERENCES question (id) ON DELETE CASCADE,
     said_by text NOT NULL,
     -- Null: there was no such label.
     from_topic uuid,
     to_topic uuid NOT NULL,
     PRIMARY KEY (operation_id, question_id, said_by)
   )`,
  `COMMENT ON TABLE topic_operation_label IS 'not audited: what it takes to undo an operation, whose labels are audited'`,
];

const down = [
  `DROP TABLE topic_operation_label, topic_operation, answer_vote, slug_redirect`,
  ...Object.keys(versioned).flatMap((table) => [
    `DROP TRIGGER keep_version ON ${table}`,
    `DROP FUNCTION keep_${table}_version()`,
  ]),
  `DROP TABLE content_version`,
  `ALTER TABLE topic DROP COLUMN parent_id, DROP COLUMN merged_into, DROP COLUMN changed_by`,
  ...['answer', 'question'].flatMap((table) => [
    `UPDATE ${table} SET state = 'draft' WHERE state = 'review'`,
    `ALTER TABLE ${table} DROP CONSTRAINT ${table}_state_check, DROP CONSTRAINT ${table}_deleted_check,
       DROP COLUMN publish_at, DROP COLUMN deleted_at, DROP COLUMN state_before_deletion, DROP COLUMN changed_by`,
  ]),
  `ALTER TABLE answer DROP COLUMN score, DROP COLUMN flagged, DROP COLUMN helpful, DROP COLUMN unhelpful,
     ADD CONSTRAINT answer_state_check CHECK (state IN ('draft', 'published', 'archived'))`,
  `DROP INDEX question_trigrams`,
  `ALTER TABLE question DROP COLUMN IF EXISTS language,
     ADD CONSTRAINT question_state_check CHECK (state IN ('incoming', 'draft', 'published', 'archived'))`,
];
