import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hashes of which each stands for one word of a question, drawn by a hash function of its own. */
const draws = [1, 2, 3, 4, 5];
const pairs = draws.flatMap((one) => draws.filter((other) => other > one).map((other) => [one, other] as const));

/**
 * What nearly equal questions have in common, so that an import finds them by an index, whatever the size of the space:
 * for each of five hash functions the least hash over the stems of the text (MinHash, Broder 1997), two by two. Of texts
 * that share a part J of their stems, two or more of five agree with probability 1 - (1 - J)^5 - 5 J (1 - J)^4: 0.993
 * for J = 0.8. A text without stems stands for itself. Building the column rewrites the table once.
 */
export class Likeness1790000101000 implements MigrationInterface {
  name = 'Likeness1790000101000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE FUNCTION question_likeness(stems tsvector, content text) RETURNS bigint[]
       IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
         SELECT CASE WHEN pg_catalog.min(word) IS NULL
           THEN ARRAY[pg_catalog.hashtextextended(
             pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.lower(content), '[^[:alnum:]]+', ' ', 'g')), 0)]
           ELSE ARRAY[${pairs.map(([one, other]) => `pg_catalog.hashint8extended(${least(one)}, ${least(other)})`).join(', ')}]
         END FROM pg_catalog.unnest(pg_catalog.tsvector_to_array(stems)) AS word $$`,
    );
    await runner.query(
      `ALTER TABLE question ADD COLUMN likeness bigint[] GENERATED ALWAYS AS (
         question_likeness(to_tsvector(search_configuration(language), left(text, 300)), left(text, 300))) STORED`,
    );
    await runner.query(`CREATE INDEX question_likeness ON question USING gin (likeness)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE question DROP COLUMN likeness');
    await runner.query('DROP FUNCTION question_likeness(tsvector, text)');
  }
}

const least = (draw: number) => `pg_catalog.min(pg_catalog.hashtextextended(word, ${draw}))`;
