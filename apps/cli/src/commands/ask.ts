import { Option, type Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import { ask, search } from '../graphql/operations.js';
import { findTopic } from '../graphql/topics.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeBecause, type Because } from '../output/because.js';
import { formatTable, percent, shorten } from '../output/table.js';
import { wholeNumber } from './option-values.js';

interface AskResult {
  readonly unknown: boolean;
  readonly confidence: number;
  readonly topic?: { readonly slug: string; readonly title: string } | null;
  readonly because?: Because | null;
  readonly head?: { readonly id: string } | null;
  readonly answers: readonly {
    readonly similarity?: number | null;
    readonly answer: { readonly body: string; readonly question: { readonly id: string; readonly text: string } };
  }[];
  readonly similar: readonly { readonly similarity?: number | null; readonly question: { readonly text: string } }[];
}

interface Facet {
  readonly value: string;
  readonly count: number;
}

interface SearchResult {
  readonly vectorsUsed: boolean;
  readonly corrections: readonly { readonly word: string; readonly used: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
  readonly facets: {
    readonly topics: readonly { readonly count: number; readonly topic: { readonly slug: string } | null }[];
    readonly tags: readonly Facet[];
    readonly states: readonly Facet[];
    readonly languages: readonly Facet[];
  };
  readonly hits: readonly {
    readonly score: number;
    readonly textRank?: number | null;
    readonly vectorRank?: number | null;
    readonly explanation: readonly { readonly reason: string; readonly score: number }[];
    readonly question: {
      readonly text: string;
      readonly label?: { readonly topic: { readonly slug: string } | null } | null;
    };
  }[];
}

export function addAsk(program: Command): void {
  apiCommand(
    program,
    'ask <text>',
    'Says what is known about a text: its answers, its topic or unknown, what is similar.',
    ['ask "what does the attention mask do?"', 'ask "why is my loss NaN" --first 1 --json'],
  )
    .option('--first <number>', 'answers to show', wholeNumber(1, 20), 3)
    .action(async (text: string, { first }: { first: number }, command: Command) => {
      requireText(text);
      const { client, output } = invocationOf(command);
      const { ask: result } = await client.request<{ ask: AskResult }>(ask, { text, first });
      output.result(result, describeAsk(result));
    });
}

export function addSearch(program: Command): void {
  apiCommand(program, 'search <text>', 'Finds questions by words and by meaning.', [
    'search "positional encoding"',
    'search "gpu memory" --topic deploying-models --first 20',
  ])
    .option('--first <number>', 'questions to show', wholeNumber(1, 100), 10)
    .option('--topic <slug>', 'only questions of this topic')
    .option('--tag <tag...>', 'only questions with every one of these tags')
    .addOption(
      new Option('--state <state...>', 'only questions in one of these states').choices([
        ...['incoming', 'draft', 'published', 'archived'],
      ]),
    )
    .option('--language <code>', 'only questions in this language, as en')
    .option('--from <date>', 'only questions made then or later, as 2026-01-31')
    .option('--before <date>', 'only questions made before')
    .option('--after <cursor>', 'go on after the last hit of another page')
    .option('--facets', 'also count what was found by topic, tag, state and language')
    .option('--explain', 'say of each hit why it is where it is')
    .action(async (text: string, options: SearchOptions, command: Command) => {
      requireText(text);
      const { client, output } = invocationOf(command);
      const topicId = options.topic === undefined ? undefined : (await findTopic(client, options.topic)).id;
      const { search: result } = await client.request<{ search: SearchResult }>(search, {
        text,
        first: options.first,
        topicId,
        after: options.after,
        filter: {
          states: options.state?.map((state) => state.toUpperCase()),
          tags: options.tag,
          language: options.language,
          createdFrom: options.from && dateOf(options.from, '--from'),
          createdBefore: options.before && dateOf(options.before, '--before'),
        },
      });
      output.result(result, describeSearch(result, options));
      for (const { word, used } of result.corrections) output.note(`Searched "${used}" for "${word}".`);
      if (result.pageInfo.hasNextPage) output.note(`There is more: --after ${result.pageInfo.endCursor}`);
      if (!result.vectorsUsed) output.note('Found by words only: the inference service cannot be reached.');
    });
}

interface SearchOptions {
  readonly first: number;
  readonly topic?: string;
  readonly tag?: string[];
  readonly state?: string[];
  readonly language?: string;
  readonly from?: string;
  readonly before?: string;
  readonly after?: string;
  readonly facets?: boolean;
  readonly explain?: boolean;
}

function dateOf(text: string, option: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw CommandFailure.usage(`${option} takes a date as 2026-01-31; got "${text}".`);
  return date.toISOString();
}

function requireText(text: string): void {
  if (text.trim() === '') throw CommandFailure.usage('The text is empty.');
}

function describeAsk({ unknown, confidence, topic, because, head, answers, similar }: AskResult): string {
  const verdict = !head
    ? 'topic: none (no head is in use)'
    : unknown
      ? `topic: unknown${topic ? ` (nearest: ${topic.slug}, ${percent(confidence)})` : ''}`
      : `topic: ${topic?.title} (${topic?.slug}), ${percent(confidence)}`;
  const answered = answers.flatMap(({ answer, similarity }, i) => [
    '',
    `${i + 1}. ${answer.question.text}${similarity == null ? '' : `  (similarity ${similarity.toFixed(2)})`}`,
    '',
    ...answer.body.split('\n').map((line) => (line === '' ? '' : `   ${line}`)),
  ]);
  const alike = similar.map(({ question, similarity }) => {
    const figure = similarity == null ? '    ' : similarity.toFixed(2);
    return `  ${figure}  ${shorten(question.text, 100)}`;
  });
  return [
    verdict,
    ...(because ? [`why: ${describeBecause(because, unknown)}`] : []),
    ...(answers.length === 0 ? ['', 'No answer was found.'] : answered),
    ...(alike.length === 0 ? [] : ['', 'similar questions:', ...alike]),
  ].join('\n');
}

function describeSearch(
  { hits, facets }: SearchResult,
  { explain = false, facets: counted = false }: SearchOptions,
): string {
  if (hits.length === 0) return 'Nothing was found.';
  const reasons = hits.map(
    ({ explanation }, i) =>
      `${i + 1}. ${explanation.map(({ reason, score }) => `${reason} (${score.toFixed(4)})`).join('; ')}`,
  );
  const counts = (name: string, values: readonly Facet[]) =>
    values.length === 0 ? [] : [`${name}: ${values.map(({ value, count }) => `${value} ${count}`).join(', ')}`];
  const topics = facets.topics.flatMap(({ topic, count }) => (topic ? [{ value: topic.slug, count }] : []));
  return [
    hitTable(hits),
    ...(explain ? ['', ...reasons] : []),
    ...(counted ? ['', ...counts('topics', topics), ...counts('tags', facets.tags)] : []),
    ...(counted ? [...counts('states', facets.states), ...counts('languages', facets.languages)] : []),
  ].join('\n');
}

function hitTable(hits: SearchResult['hits']): string {
  return formatTable(
    [
      { name: 'score', align: 'right' },
      { name: 'words', align: 'right' },
      { name: 'meaning', align: 'right' },
      { name: 'topic' },
      { name: 'question' },
    ],
    hits.map(({ score, textRank, vectorRank, question }) => [
      score.toFixed(4),
      textRank == null ? '-' : String(textRank),
      vectorRank == null ? '-' : String(vectorRank),
      question.label?.topic?.slug ?? '',
      shorten(question.text, 90),
    ]),
  );
}
