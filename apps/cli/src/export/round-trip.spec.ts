import fc from 'fast-check';
import { columnMap, prepareRow, type PreparedRow } from '../import/columns.js';
import { readDelimited } from '../import/delimited.js';
import { readFrontMatter } from '../import/front-matter.js';
import { readJsonLines } from '../import/json-lines.js';
import { isFault, type SourceItem } from '../import/source-row.js';
import { exportQuestion, type ExportedQuestion } from './exported-question.js';
import { csvHeader, csvRecord, jsonLine, markdownFile } from './question-writers.js';

/** Any text the knowledge base can hold: no NUL, no white space around it. */
const text = (minLength: number) =>
  fc
    .oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.stringMatching(/^[-"',;:#[\]{}|>&*!%@`\r\n\t a-z]{0,20}$/))
    .map((value) => value.replaceAll('\0', '').trim())
    .filter((value) => value.length >= minLength);
const question = fc.record({
  id: text(1),
  source: text(1),
  question: text(1),
  answer: text(0),
  topic: fc.constantFrom('', 'cards', 'gradient-descent'),
  tags: fc.array(text(1), { maxLength: 3 }),
  state: fc.constantFrom('incoming', 'draft', 'published', 'archived'),
  language: fc.constantFrom('en', 'pt-br'),
});

async function* once(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
  await Promise.resolve();
}

async function readAll(items: AsyncIterable<SourceItem>): Promise<ExportedQuestion[]> {
  const questions: ExportedQuestion[] = [];
  for await (const item of items) questions.push(imported(item));
  return questions;
}

function imported(item: SourceItem): ExportedQuestion {
  if (isFault(item)) throw new Error(`line ${item.line}: ${item.message}`);
  const prepared = prepareRow(item, columnMap());
  if (isFault(prepared)) throw new Error(`line ${prepared.line}: ${prepared.message}`);
  const { row, source = '' } = prepared satisfies PreparedRow;
  const { externalId: id, text: asked, answer = '', topic = '', tags = [], state = '', language = '' } = row;
  return { id, source, question: asked, answer, topic, tags, state: state.toLowerCase(), language };
}

describe('what is exported is imported as it was', () => {
  it('as JSON lines', () =>
    fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 8 }), async (questions) => {
        expect(await readAll(readJsonLines(once(questions.map(jsonLine).join(''))))).toEqual(questions);
      }),
    ));

  it('as CSV', () =>
    fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 8 }), async (questions) => {
        const content = csvHeader + questions.map(csvRecord).join('');
        const items = readDelimited(once(content), { separator: ',', quoted: true });
        expect(await readAll(items)).toEqual(questions);
      }),
    ));

  it('as Markdown, where line ends become line feeds', () =>
    fc.assert(
      fc.property(question, (one) => {
        const answer = one.answer.replace(/\r\n/g, '\n').trim();
        const { fields, body } = readFrontMatter(markdownFile({ ...one, answer }));
        expect(imported({ line: 1, fields: { answer: body, ...fields } })).toEqual({ ...one, answer });
      }),
    ));
});

describe('exportQuestion', () => {
  const stored = {
    id: 'q1',
    slug: 'why',
    source: 'api',
    text: 'Why?',
    state: 'PUBLISHED',
    language: 'de',
    tags: [],
    answers: [
      { body: 'old', state: 'ARCHIVED' },
      { body: 'new', state: 'PUBLISHED' },
    ],
  };

  it('takes the best answer in use, and its own id where the source gave none', () =>
    expect(exportQuestion(stored)).toEqual({
      id: 'q1',
      source: 'api',
      question: 'Why?',
      answer: 'new',
      topic: '',
      tags: [],
      state: 'published',
      language: 'de',
    }));

  it('hands on the labels of people and imports, not those of a model', () => {
    const topic = { slug: 'cards' };
    expect(exportQuestion({ ...stored, label: { saidBy: 'PERSON', topic } }).topic).toBe('cards');
    expect(exportQuestion({ ...stored, label: { saidBy: 'MODEL', topic } }).topic).toBe('');
  });
});
