import { createHash } from 'node:crypto';
import { fault, type RowFault, type SourceRow } from './source-row.js';

export const contentStates = ['INCOMING', 'DRAFT', 'REVIEW', 'PUBLISHED', 'ARCHIVED'] as const;
export type ContentState = (typeof contentStates)[number];

/** What a question is made of when it is imported. */
export interface ImportRow {
  readonly line: number;
  readonly externalId: string;
  readonly text: string;
  readonly answer?: string;
  /** Topic slug. */
  readonly topic?: string;
  readonly tags?: readonly string[];
  readonly state?: ContentState;
  /** BCP 47. */
  readonly language?: string;
}

/** A row and what concerns the run only. */
export interface PreparedRow {
  readonly row: ImportRow;
  /** Source named by the row itself. */
  readonly source?: string;
  readonly file?: string;
  /** Whether the id was made from the text, because the row names none. */
  readonly hashed: boolean;
}

/** Names that a column may have, by field. The first one present is taken. */
const columnNames = {
  id: ['id'],
  text: ['text', 'question'],
  answer: ['answer'],
  topic: ['topic', 'label'],
  tags: ['tags'],
  state: ['state'],
  language: ['language', 'lang'],
  source: ['source'],
} as const;
export type ImportField = keyof typeof columnNames;
export const importFields = Object.keys(columnNames) as ImportField[];

/** Most characters of a question, as the services count them. */
const textLimit = 32_768;

/** Half a character: no UTF-8 exists for it. */
const loneSurrogate = /\p{Surrogate}/u;

/** Field -> column names to look at, in order. */
export type ColumnMap = Readonly<Record<ImportField, readonly string[]>>;

/**
 * The columns to read, with `--map COLUMN=FIELD` options applied.
 * @throws Error whose message says what is wrong with an option
 */
export function columnMap(options: readonly string[] = []): ColumnMap {
  const map: Record<ImportField, readonly string[]> = { ...columnNames };
  for (const option of options) {
    const [, column, name] = /^(.+)=([a-z]+)$/.exec(option.trim()) ?? [];
    const field = name === 'question' ? 'text' : name === 'label' ? 'topic' : importFields.find((f) => f === name);
    if (column === undefined || field === undefined)
      throw new Error(
        `--map "${option}": write COLUMN=FIELD, where FIELD is one of ${importFields.join(', ')}; for example --map intent=topic.`,
      );
    map[field] = [column.trim().toLowerCase()];
  }
  return map;
}

/** Whether a table with these columns has one for the text of the questions. */
export const hasTextColumn = (names: readonly string[], map: ColumnMap): boolean =>
  map.text.some((name) => names.includes(name));

/**
 * Reads a record as a question. Without an id, a hash of the text stands for one, so that importing the same file
 * again finds the same question.
 */
export function prepareRow({ line, fields, file }: SourceRow, map: ColumnMap): PreparedRow | RowFault {
  const wrong = (field: ImportField, message: string) => fault(line, message, field, file);
  const values: Partial<Record<ImportField, string>> = {};
  for (const field of importFields) {
    if (field === 'tags') continue;
    const value = pick(fields, map[field]);
    if (typeof value === 'object' && value !== null) return wrong(field, `${field} must be text`);
    const text = value === undefined || value === null ? '' : String(value as string | number | boolean).trim();
    if (text.includes('\0')) return wrong(field, `${field} has a NUL character; remove it`);
    if (loneSurrogate.test(text)) return wrong(field, `${field} has half of a surrogate pair; repair the text`);
    values[field] = text;
  }
  const { text = '', answer, topic, language, source } = values;
  if (text === '') return wrong('text', 'the text is empty');
  if (text.length > textLimit)
    return wrong('text', `the text has ${text.length} characters; at most ${textLimit} are accepted`);
  const state = contentStates.find((known) => known === values.state?.toUpperCase());
  if (values.state && state === undefined)
    return wrong('state', `"${values.state}" is not a state; say ${contentStates.join(', ').toLowerCase()}`);
  const tags = readTags(pick(fields, map.tags));
  if (tags === undefined) return wrong('tags', 'tags must be a list of texts, or one text like "billing; cards"');
  const row: ImportRow = {
    line,
    externalId: values.id || hashId(text),
    text,
    ...(answer && { answer }),
    ...(topic && { topic }),
    ...(tags.length > 0 && { tags }),
    ...(state && { state }),
    ...(language && { language }),
  };
  return { row, hashed: !values.id, ...(source && { source }), ...(file && { file }) };
}

function pick(fields: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  const name = names.find((candidate) => Object.hasOwn(fields, candidate));
  return name === undefined ? undefined : fields[name];
}

/** Tags from a list, from a JSON list in one text, or from a text with `;` or `,` between them. */
function readTags(value: unknown): string[] | undefined {
  if (value === undefined || value === null || value === '') return [];
  const list = typeof value === 'string' ? splitTags(value) : value;
  if (!Array.isArray(list)) return undefined;
  if (list.some((tag) => typeof tag === 'object' || String(tag).includes('\0'))) return undefined;
  return list.map((tag) => String(tag).trim()).filter((tag) => tag !== '');
}

function splitTags(value: string): unknown {
  if (!value.startsWith('[')) return value.split(/[;,]/);
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

const hashId = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
