import { DomainError } from '@cairn/contracts';
import { requireRole, type Caller } from '../access/caller.js';
import type { Sql } from '../persistence/database.js';
import { isId, optionalText } from '../questions/checked-text.js';
import { cursorOfPlace, parts, placeOfCursor, type ExportPlace } from './export-cursor.js';
import { formatVersion, recordLine } from './record-format.js';
import { selectPart, type ExportFilter } from './select-records.js';

export interface ExportRequest {
  /** Empty: from the beginning. */
  readonly after: string;
  /** 1 to 1,000; 0: 500. */
  readonly first: number;
  readonly versions: boolean;
  /** Empty: of all topics, from all sources. */
  readonly topicId: string;
  readonly source: string;
}
export interface ExportPage {
  readonly records: string[];
  readonly cursor: string;
  readonly done: boolean;
}

const mostRecords = 1_000;
/** Characters of texts in one page: it is held in memory here, in the gateway and by the caller. */
const pageCharacters = 1_000_000;

/**
 * A page of the records of the space (record-format.ts). It costs one statement or a few, however much there is, and
 * holds one page in memory. Every part is read in the order of `seq`, so that nothing is repeated or left out, whatever
 * changes meanwhile; what is made meanwhile is not in it.
 * @throws INVALID_INPUT naming `after`, `first` or `topicId`
 */
export async function exportRecords(sql: Sql, caller: Caller, request: ExportRequest): Promise<ExportPage> {
  requireRole(caller, 'admin');
  const first = request.first || 500;
  if (first < 1 || first > mostRecords)
    throw DomainError.invalid('first', `A page has 1 to ${mostRecords} records; ${first} were asked for.`);
  if (request.topicId !== '' && !isId(request.topicId)) throw DomainError.notFound('topic', request.topicId);
  const filter = { topicId: request.topicId, source: optionalText(request.source, 'source', 200) };
  const of = JSON.stringify([request.versions, filter.topicId, filter.source]);
  const records: string[] = [];
  let place = request.after === '' ? await begin(sql, of) : placeOfCursor(request.after, of);
  if (request.after === '') records.push(recordLine('export', { format: formatVersion }));
  // A part that is through ends with a page of none; the next one begins in the same call.
  while (place.part < parts.length && records.length < first) {
    const left = { records: first - records.length, characters: pageCharacters };
    const found = await readPart(sql, place, filter, left, request.versions);
    if (found.lines.length > 0) {
      for (const line of found.lines) records.push(line);
      place = { ...place, ...found.last, records: place.records + found.lines.length };
      break;
    } else place = { ...place, part: place.part + 1, seq: 0, version: 0 };
  }
  const done = place.part >= parts.length;
  if (done) records.push(recordLine('end', { records: place.records }));
  return { records, cursor: cursorOfPlace(place), done };
}

async function begin(sql: Sql, of: string): Promise<ExportPlace> {
  const [highest] = await sql.rows<Pick<ExportPlace, 'topics' | 'questions' | 'answers'>>(
    `SELECT coalesce((SELECT max(seq) FROM topic), 0) AS topics,
            coalesce((SELECT max(seq) FROM question), 0) AS questions,
            coalesce((SELECT max(seq) FROM answer), 0) AS answers`,
  );
  return { part: 0, seq: 0, version: 0, ...highest, records: 0, of };
}

async function readPart(
  sql: Sql,
  place: ExportPlace,
  filter: ExportFilter,
  left: { records: number; characters: number },
  versions: boolean,
): Promise<{ lines: string[]; last: Pick<ExportPlace, 'seq' | 'version'> }> {
  const { record, text, parameters, isPast } = selectPart(parts[place.part], place, filter);
  if (isPast && !versions) return { lines: [], last: place };
  const limit = parameters.length;
  const rows = await sql.rows<{ seq: number; at_version: number; fields: Record<string, unknown> }>(
    // Long texts fill a page before its number of records does; one of them is always there.
    `SELECT seq, at_version, fields FROM (
       SELECT *, sum(size) OVER (ORDER BY seq, at_version) - size AS before
       FROM (${text} ORDER BY seq, at_version LIMIT $${limit + 1}) AS read
     ) AS sized WHERE before < $${limit + 2} ORDER BY seq, at_version`,
    [...parameters, left.records, left.characters],
  );
  const last = rows.at(-1);
  return {
    lines: rows.map(({ fields }) => recordLine(record, fields)),
    last: last === undefined ? place : { seq: last.seq, version: last.at_version },
  };
}
