import type { Sql } from '../persistence/database.js';
import { knownIds, type Kind } from './known-ids.js';
import type { RecordOf } from './record-format.js';
import { missing } from './store-answers.js';
import type { Stored } from './stored.js';

type PastRecord = RecordOf<'version'>;

/** Fields of a version that are ids of topics. */
const topicFields: Record<Kind, readonly string[]> = {
  topic: ['parentId', 'mergedInto'],
  question: ['topicId'],
  answer: [],
};

/** Past versions of content that is there; those it has here already stay. */
export async function storeVersions(sql: Sql, records: readonly PastRecord[]): Promise<Stored[]> {
  const stored = new Array<Stored>(records.length);
  const topics = await knownIds(sql, 'topic', records.flatMap(namedTopics));
  for (const kind of ['topic', 'question', 'answer'] as const) {
    const places = records.flatMap((record, place) => (record.of === kind ? [place] : []));
    if (places.length === 0) continue;
    const ids = await knownIds(
      sql,
      kind,
      places.map((place) => records[place].id),
    );
    const given = places.map((place) => {
      const { id, content, ...record } = records[place];
      return { ...record, place, id: ids.get(id), content: hereNamed(content, kind, topics) };
    });
    const rows = await sql.rows<{ place: number }>(
      `WITH new AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS new (place integer, id uuid, version integer, content jsonb,
           "changedBy" text, "changedAt" timestamptz) WHERE id IS NOT NULL
       ), written AS (
         INSERT INTO content_version (entity, entity_id, version, content, changed_by, changed_at)
         SELECT '${kind}', new.id, new.version, new.content, new."changedBy", new."changedAt"
         FROM new JOIN ${kind} AS holding ON holding.id = new.id AND holding.version > new.version
         ON CONFLICT DO NOTHING RETURNING entity_id, version
       ) SELECT new.place FROM written JOIN new ON new.id = entity_id AND new.version = written.version`,
      [JSON.stringify(given)],
    );
    const written = new Set(rows.map(({ place }) => place));
    for (const { place, id } of given)
      stored[place] =
        id === undefined ? missing(kind, records[place].id) : written.has(place) ? 'created' : 'unchanged';
  }
  return stored;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function namedTopics({ of, content }: PastRecord): string[] {
  return topicFields[of].flatMap((field) => {
    const id = content[field];
    return typeof id === 'string' && uuid.test(id) ? [id] : [];
  });
}

/** The content with the ids that topics have here; topics that are gone keep theirs. */
function hereNamed(
  content: Readonly<Record<string, unknown>>,
  kind: Kind,
  topics: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const named = topicFields[kind].flatMap((field) => {
    const id = topics.get(String(content[field]));
    return id === undefined ? [] : [[field, id] as const];
  });
  return { ...content, ...Object.fromEntries(named) };
}
