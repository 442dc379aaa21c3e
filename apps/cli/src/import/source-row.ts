/** One record of a source file, still in the file's own words. */
export interface SourceRow {
  /** Line the record begins on, from 1; for Markdown, the number of the file in the run. */
  readonly line: number;
  /** Column name (lower case) -> value. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The file, where one source has many. */
  readonly file?: string;
}

/** A record that cannot be imported. The others go on. */
export interface RowFault {
  readonly line: number;
  readonly file?: string;
  readonly code: string;
  readonly field?: string;
  readonly message: string;
}

export type SourceItem = SourceRow | RowFault;

export const isFault = <T extends object>(item: T | RowFault): item is RowFault => 'message' in item;

export function fault(line: number, message: string, field?: string, file?: string): RowFault {
  return { line, code: 'INVALID_INPUT', message, ...(field && { field }), ...(file && { file }) };
}
