/**
 * Fills a database with made questions, answers, labels and vectors: in slices, going on where an earlier run ended, so
 * that a shared machine can be left to others in between. The vector index is built by the product's own code.
 */
import { acrossSpaces } from '../../apps/knowledge/src/access/scope.js';
import { cutPassages } from '../../apps/knowledge/src/embedding/cut-passages.js';
import { passageHash } from '../../apps/knowledge/src/embedding/embed-passages.js';
import { buildIndex, hasIndex } from '../../apps/knowledge/src/embedding/hnsw-index.js';
import { registerEncoder, type EncoderRecord } from '../../apps/knowledge/src/embedding/encoder-in-use.js';
import { encodeVector } from '../../apps/knowledge/src/embedding/vector-codec.js';
import type { Database, Sql } from '../../apps/knowledge/src/persistence/database.js';
import { dimension, madeQuestion, MadeVectors, topicCount, topicId, type MadeQuestion } from './made-questions.js';

export const seed = 20_261_123;
const batch = 2_000;

/** Indexes that are cheaper to make once than to keep up row by row. */
const later = ['question_search', 'answer_search', 'search_word_trigrams', 'question_tags'];

export async function benchEncoder(database: Database): Promise<EncoderRecord> {
  const provenance = {
    ...{ encoderId: 'made', revision: 'made', layer: -1, pooling: 'mean', normalized: true },
    dimension,
  };
  const encoder = await registerEncoder(database, provenance);
  await database.rows('UPDATE encoder SET in_use = true WHERE id = $1 AND NOT in_use', [encoder.id]);
  return { ...encoder, inUse: true };
}

/**
 * @param seconds after which it stops, at the end of a batch
 * @returns questions that are there now
 */
export async function fillDatabase(
  database: Database,
  count: number,
  seconds: number,
  progress: (text: string) => void,
): Promise<number> {
  const encoder = await benchEncoder(database);
  const owner = asOwner(database);
  const vectors = new MadeVectors(seed);
  await owner('CREATE TABLE IF NOT EXISTS bench_index (name text PRIMARY KEY, definition text NOT NULL)');
  const [{ present }] = await database.rows<{ present: number }>('SELECT count(*) AS present FROM question');
  if (present === 0) {
    await database.rows(
      `INSERT INTO topic (id, slug, title) SELECT id, 'topic-' || place, 'Topic ' || place
       FROM unnest($1::uuid[]) WITH ORDINALITY AS made (id, place)`,
      [Array.from({ length: topicCount }, (_, topic) => topicId(seed, topic))],
    );
    for (const name of later) await putOff(database, name);
  }
  let done = present;
  for (const end = performance.now() + 1000 * seconds; done < count && performance.now() < end;) {
    const size = Math.min(batch, count - done);
    const rows = Array.from({ length: size }, (_, i) => madeQuestion(seed, done + i));
    await database.transaction(async (sql) => {
      await insertQuestions(sql, rows);
      await insertVectors(sql, encoder, rows, vectors, done);
      await insertPassages(sql, encoder, rows, vectors, done);
    });
    done += size;
  }
  progress(`${done} questions`);
  return done;
}

/** What was put off, then the vector index. */
export async function indexDatabase(database: Database, progress: (text: string) => void): Promise<void> {
  const encoder = await benchEncoder(database);
  const owner = asOwner(database);
  const rows = await owner<{ name: string; definition: string }>('SELECT * FROM bench_index');
  for (const { name, definition } of rows) {
    await owner(definition.replace(/^CREATE INDEX /, 'CREATE INDEX IF NOT EXISTS '));
    await owner('DELETE FROM bench_index WHERE name = $1', [name]);
    progress(name);
  }
  for (const table of ['question', 'answer', 'label', 'embedding', 'passage_embedding', 'search_word'])
    await owner(`VACUUM ANALYZE ${table}`);
  progress('vacuumed');
  for (const table of ['embedding', 'passage_embedding'] as const) {
    if (await hasIndex(database, table, encoder)) continue;
    const started = performance.now();
    const [{ present }] = await database.rows<{ present: number }>(`SELECT count(*) AS present FROM ${table}`);
    await buildIndex(database, table, encoder, present, {
      progress: () => {},
      holdFor: (_seconds, work) => work(),
    });
    progress(`${present} vectors of ${table} indexed in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
}

/** Statements of the owner of the tables: those of the scope would be of one space's members. */
const asOwner =
  (database: Database) =>
  <Row>(text: string, parameters: readonly unknown[] = []) =>
    acrossSpaces(() => database.rows<Row>(text, parameters));

async function putOff(database: Database, name: string): Promise<void> {
  const owner = asOwner(database);
  await owner(`INSERT INTO bench_index SELECT indexname, indexdef FROM pg_indexes WHERE indexname = $1`, [name]);
  await owner(`DROP INDEX ${name}`);
}

async function insertQuestions(sql: Sql, rows: readonly MadeQuestion[]): Promise<void> {
  await sql.rows(
    `INSERT INTO question (id, slug, text, state, source, topic_id, topic_said_by, created_at, published_at, tags)
     SELECT id, 'q-' || id, text, CASE WHEN published THEN 'published' ELSE 'draft' END, 'made', topic_id, 'import',
       created_at, CASE WHEN published THEN created_at END, coalesce(string_to_array(nullif(tags, ''), ','), '{}')
     FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::uuid[], $5::timestamptz[], $6::text[])
       AS made (id, text, published, topic_id, created_at, tags)`,
    [
      rows.map(({ id }) => id),
      rows.map(({ text }) => text),
      rows.map(({ published }) => published),
      rows.map(({ topic }) => topicId(seed, topic)),
      rows.map(({ createdAt }) => createdAt),
      rows.map(({ tags }) => tags.join(',')),
    ],
  );
  await sql.rows(
    `INSERT INTO label (question_id, said_by, topic_id, actor)
     SELECT id, 'import', topic_id, 'made' FROM unnest($1::uuid[], $2::uuid[]) AS made (id, topic_id)`,
    [rows.map(({ id }) => id), rows.map(({ topic }) => topicId(seed, topic))],
  );
  const answered = rows.filter(({ answer }) => answer !== undefined);
  await sql.rows(
    `INSERT INTO answer (question_id, body, state, imported)
     SELECT id, body, 'published', true FROM unnest($1::uuid[], $2::text[]) AS made (id, body)`,
    [answered.map(({ id }) => id), answered.map(({ answer }) => answer)],
  );
}

async function insertVectors(
  sql: Sql,
  encoder: EncoderRecord,
  rows: readonly MadeQuestion[],
  vectors: MadeVectors,
  from: number,
): Promise<void> {
  for (let start = 0; start < rows.length; start += 500) {
    const parameters: unknown[] = [encoder.id];
    const values = rows.slice(start, start + 500).map(({ id, text, topic }, i) => {
      const vector = encodeVector(vectors.vector(from + start + i, topic), 0, dimension);
      const n = parameters.push(id, text, vector);
      return `($1::int, $${n - 2}::uuid, md5($${n - 1}::text), $${n}::vector, 8, false)`;
    });
    await sql.rows(
      `INSERT INTO embedding (encoder, question_id, text_hash, vector, tokens, truncated) VALUES ${values.join(', ')}`,
      parameters,
    );
  }
}

/** The passages that the product would cut, each with a vector near its question's. */
async function insertPassages(
  sql: Sql,
  encoder: EncoderRecord,
  rows: readonly MadeQuestion[],
  vectors: MadeVectors,
  from: number,
): Promise<void> {
  const passages = rows.flatMap(({ id, topic, answer }, i) =>
    answer === undefined ? [] : cutPassages(answer).map((text, place) => ({ id, topic, text, place, index: from + i })),
  );
  for (let start = 0; start < passages.length; start += 500) {
    const parameters: unknown[] = [encoder.id];
    const values = passages.slice(start, start + 500).map(({ id, topic, text, place, index }) => {
      const vector = encodeVector(vectors.passage(index, topic), 0, dimension);
      const n = parameters.push(id, place, text, vector);
      return `($${n - 3}::uuid, $${n - 2}::int, $${n - 1}::text, $${n}::vector)`;
    });
    await sql.rows(
      `INSERT INTO passage_embedding (encoder, answer_id, place, text_hash, passage, vector, tokens, truncated)
       SELECT $1::int, answer.id, made.place, ${passageHash('question', 'answer')}, made.passage, made.vector, 40, false
       FROM (VALUES ${values.join(', ')}) AS made (question_id, place, passage, vector)
       JOIN question ON question.id = made.question_id JOIN answer ON answer.question_id = question.id`,
      parameters,
    );
  }
}
