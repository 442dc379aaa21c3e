/** A column of a table; numbers stand right. */
export interface Column {
  readonly name: string;
  readonly align?: 'left' | 'right';
}

/** Rows of text in columns two spaces apart, with a line under the names. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ name }, i) => Math.max(width(name), ...rows.map((row) => width(row[i]))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const space = ' '.repeat(widths[i] - width(cell));
        return columns[i].align === 'right' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ name }) => name)), widths.map((n) => '-'.repeat(n)).join('  '), ...rows.map(line)].join(
    '\n',
  );
}

/** Cells a text takes in a terminal, counting characters and not surrogates. */
const width = (text: string): number => [...text].length;

/** At most `length` characters, ended by "..." where something was cut; line breaks become spaces. */
export function shorten(text: string, length: number): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  return characters.length <= length ? characters.join('') : `${characters.slice(0, length - 3).join('')}...`;
}

/** "12.3 %". */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** "1 question", "2 questions". */
export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
