import { stringify } from 'yaml';
import type { ExportedQuestion } from './exported-question.js';

const csvColumns = ['id', 'source', 'question', 'answer', 'topic', 'tags', 'state', 'language'] as const;

/** One JSON object and a line feed; empty fields are left out. */
export function jsonLine(question: ExportedQuestion): string {
  const present = Object.entries(question).filter(([, value]) => (value as string | string[]).length > 0);
  return `${JSON.stringify(Object.fromEntries(present))}\n`;
}

export const csvHeader = `${csvColumns.join(',')}\r\n`;

/** One record of RFC 4180; tags are joined by `;`, or written as a JSON list where that would be ambiguous. */
export function csvRecord(question: ExportedQuestion): string {
  const fields = csvColumns.map((column) => (column === 'tags' ? joinTags(question.tags) : question[column]));
  return `${fields.map(quoteField).join(',')}\r\n`;
}

const quoteField = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

const joinTags = (tags: readonly string[]): string =>
  tags.some((tag) => /[;,]/.test(tag) || tag.startsWith('[')) ? JSON.stringify(tags) : tags.join(';');

/** A Markdown file: front matter with all but the answer, which is the body. */
export function markdownFile({ answer, ...fields }: ExportedQuestion): string {
  const present = Object.entries(fields).filter(([, value]) => value.length > 0);
  const frontMatter = stringify(Object.fromEntries(present), { lineWidth: 0 });
  return `---\n${frontMatter}---\n${answer === '' ? '' : `${answer}\n`}`;
}
