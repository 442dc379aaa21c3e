import type { MigrationInterface, QueryRunner } from 'typeorm';
import { defaultSpace } from '../../access/scope.js';

/**
 * Full text by the language of the text, and the words that occur, so that a mistyped one can be recognised. Rebuilding
 * the two `search` columns rewrites their tables once.
 */
export class SearchLanguages1765004100000 implements MigrationInterface {
  name = 'SearchLanguages1765004100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of down) await runner.query(statement);
  }
}

/** Codes of ISO 639-1 and the text search configurations that PostgreSQL brings for them. */
const configurations: Record<string, string> = {
  ar: 'arabic',
  ca: 'catalan',
  da: 'danish',
  de: 'german',
  el: 'greek',
  en: 'english',
  es: 'spanish',
  eu: 'basque',
  fi: 'finnish',
  fr: 'french',
  ga: 'irish',
  hi: 'hindi',
  hu: 'hungarian',
  hy: 'armenian',
  id: 'indonesian',
  it: 'italian',
  lt: 'lithuanian',
  ne: 'nepali',
  nl: 'dutch',
  no: 'norwegian',
  pt: 'portuguese',
  ro: 'romanian',
  ru: 'russian',
  sr: 'serbian',
  sv: 'swedish',
  ta: 'tamil',
  tr: 'turkish',
  yi: 'yiddish',
};

const isWord = `length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]'`;

const cases = Object.entries(configurations)
  .map(([code, name]) => `WHEN '${code}' THEN 'pg_catalog.${name}'::pg_catalog.regconfig`)
  .join(' ');

/** Words of the rows just written that are not known yet, in one order everywhere, so that writers do not deadlock. */
const newWords = (column: string) => `
  SELECT found.space_id, found.word FROM (
    SELECT DISTINCT space_id, unnest(tsvector_to_array(to_tsvector('simple', ${column}))) AS word FROM written) AS found
  WHERE ${isWord} AND NOT EXISTS (
    SELECT 1 FROM search_word known WHERE known.space_id = found.space_id AND known.word = found.word)
  ORDER BY 1, 2 ON CONFLICT DO NOTHING`;

const up = [
  `CREATE EXTENSION IF NOT EXISTS pg_trgm`,
  // Names are written with their schema, so that a restore, which empties the search path, can compute the columns.
  `CREATE FUNCTION search_configuration(language text) RETURNS regconfig IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
     SELECT CASE pg_catalog.lower(pg_catalog.split_part(language, '-', 1)) WHEN '' THEN 'pg_catalog.english'::pg_catalog.regconfig ${cases}
       ELSE 'pg_catalog.simple'::pg_catalog.regconfig END $$`,
  `ALTER TABLE question ADD COLUMN IF NOT EXISTS language text NOT NULL DEFAULT 'en'`,
  // Empty when it is written: then the trigger below takes the question's.
  `ALTER TABLE answer ADD COLUMN IF NOT EXISTS language text NOT NULL DEFAULT ''`,
  `CREATE FUNCTION answer_language() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF NEW.language = '' THEN
       SELECT language INTO NEW.language FROM question WHERE id = NEW.question_id;
     END IF;
     NEW.language := coalesce(NEW.language, '');
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER answer_language BEFORE INSERT ON answer FOR EACH ROW EXECUTE FUNCTION answer_language()`,
  `ALTER TABLE question DROP COLUMN search`,
  `ALTER TABLE question ADD COLUMN search tsvector
     GENERATED ALWAYS AS (to_tsvector(search_configuration(language), text)) STORED`,
  `CREATE INDEX question_search ON question USING gin (search)`,
  `ALTER TABLE answer DROP COLUMN search`,
  `ALTER TABLE answer ADD COLUMN search tsvector
     GENERATED ALWAYS AS (to_tsvector(search_configuration(language), body)) STORED`,
  `CREATE INDEX answer_search ON answer USING gin (search)`,
  // Filters of search: GIN for tags, btrees for the rest.
  `CREATE INDEX question_tags ON question USING gin (tags)`,
  `CREATE INDEX question_created ON question (created_at)`,
  `CREATE INDEX question_language ON question (language) WHERE language <> 'en'`,

  // Words of questions and answers as they are written. A word stays when its last text is gone: it only costs a row.
  `CREATE TABLE search_word (
     space_id uuid NOT NULL DEFAULT '${defaultSpace}' REFERENCES space (id),
     word text NOT NULL,
     PRIMARY KEY (space_id, word)
   )`,
  `COMMENT ON TABLE search_word IS 'not audited: computed from questions and answers'`,
  // similarity_op and its like are leakproof by cairn_keep_apart: the index works behind row-level security.
  `CREATE INDEX search_word_trigrams ON search_word USING gin (word gin_trgm_ops)`,
  `CREATE FUNCTION keep_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF TG_TABLE_NAME = 'question' THEN
       INSERT INTO search_word (space_id, word) ${newWords('text')};
     ELSE
       INSERT INTO search_word (space_id, word) ${newWords('body')};
     END IF;
     RETURN NULL;
   END $$`,
  ...['question', 'answer'].flatMap((table) =>
    ['INSERT', 'UPDATE'].map(
      (event) =>
        `CREATE TRIGGER ${table}_words_${event.toLowerCase()} AFTER ${event} ON ${table}
         REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_search_words()`,
    ),
  ),
  `INSERT INTO search_word (space_id, word)
     SELECT DISTINCT space_id, word FROM (
       SELECT space_id, unnest(tsvector_to_array(to_tsvector('simple', text))) AS word FROM question
       UNION SELECT space_id, unnest(tsvector_to_array(to_tsvector('simple', body))) FROM answer) AS found
     WHERE ${isWord}`,
];

const down = [
  ...['question', 'answer'].flatMap((table) =>
    ['insert', 'update'].map((event) => `DROP TRIGGER ${table}_words_${event} ON ${table}`),
  ),
  `DROP FUNCTION keep_search_words()`,
  `DROP TRIGGER answer_language ON answer`,
  `DROP FUNCTION answer_language()`,
  `DROP TABLE search_word`,
  `DROP INDEX question_tags`,
  `DROP INDEX question_created`,
  `DROP INDEX question_language`,
  `ALTER TABLE question DROP COLUMN search`,
  `ALTER TABLE answer DROP COLUMN search`,
  `ALTER TABLE answer DROP COLUMN language`,
  `ALTER TABLE question ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('english', text)) STORED`,
  `CREATE INDEX question_search ON question USING gin (search)`,
  `ALTER TABLE answer ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED`,
  `CREATE INDEX answer_search ON answer USING gin (search)`,
  `DROP FUNCTION search_configuration(text)`,
];
