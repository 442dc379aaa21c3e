import type { Sql } from '../persistence/database.js';
import { duplicateText } from '../questions/find-similar.js';
import type { ImportRow } from './import-row.js';

/** A question, or an earlier row of the same call, that is nearly the same as a row. */
export interface Duplicate {
  /** Undefined: an earlier row. */
  readonly questionId?: string;
  readonly text: string;
  /** Share of trigrams in common, 0 to 1. */
  readonly similarity: number;
}

/** Of a long text its beginning is enough to recognise it by. */
const comparedCharacters = 300;
/** Of questions that share words with half the space so many are looked at, drawn by the index. */
const candidates = 500;

/**
 * What rows are nearly the same as, by the trigrams they share; candidates are found by the index of likeness, so that
 * it costs the same in a space of a million questions. One statement, and one for the settings.
 * @returns by row; a row that is like nothing is absent
 */
export async function findDuplicates(sql: Sql, rows: readonly ImportRow[]): Promise<Map<ImportRow, Duplicate>> {
  if (rows.length === 0) return new Map();
  await sql.rows(`SELECT set_config('gin_fuzzy_search_limit', '${candidates}', true)`);
  const found = await sql.rows<{ place: number; id: string | null; text: string; similarity: number }>(
    `WITH new AS MATERIALIZED (
       SELECT place, "externalId", left(text, ${comparedCharacters}) AS text, question_likeness(
         to_tsvector(search_configuration(language), left(text, ${comparedCharacters})),
         left(text, ${comparedCharacters})) AS likeness
       FROM jsonb_to_recordset($1::jsonb) AS given (place integer, "externalId" text, text text, language text)
     )
     SELECT DISTINCT ON (new.place) new.place, alike.id, alike.text, similarity(alike.text, new.text) AS similarity
     FROM new CROSS JOIN LATERAL (
       (SELECT id, left(text, ${comparedCharacters}) AS text FROM question
        WHERE likeness && new.likeness AND deleted_at IS NULL LIMIT ${candidates})
       UNION ALL
       SELECT NULL, earlier.text FROM new AS earlier
       WHERE earlier.place < new.place AND earlier."externalId" <> new."externalId" AND earlier.likeness && new.likeness
     ) AS alike
     WHERE similarity(alike.text, new.text) >= ${duplicateText}
     ORDER BY new.place, similarity DESC, alike.id`,
    [
      JSON.stringify(
        rows.map(({ externalId, text, language }, place) => ({ place, externalId, text, language: language ?? 'en' })),
      ),
    ],
  );
  await sql.rows(`SELECT set_config('gin_fuzzy_search_limit', '0', true)`);
  return new Map(
    found.map(({ place, id, text, similarity }) => [
      rows[place],
      { ...(id !== null && { questionId: id }), text, similarity },
    ]),
  );
}
