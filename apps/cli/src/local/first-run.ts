import { join } from 'node:path';
import { CommandFailure } from '../exit-code.js';
import { listNodes } from '../graphql/connection.js';
import type { GraphqlClient } from '../graphql/graphql-client.js';
import { changeJob, type JobResult } from '../graphql/jobs.js';
import * as operations from '../graphql/operations.js';
import { columnMap } from '../import/columns.js';
import { importSource, type ImportOptions } from '../import/import-questions.js';
import { openSource } from '../import/import-source.js';
import { readLabelTable, readTopicTable } from '../import/label-table.js';
import type { Head } from '../output/head.js';
import { showJob, succeeded } from '../output/job-progress.js';
import type { Output } from '../output/output.js';
import { formatSeconds } from '../output/rate.js';
import type { Suggestion } from '../output/suggestion.js';
import { plural } from '../output/table.js';
import {
  scoreSuggestion,
  scoreVerdicts,
  type ClassifiedQuestion,
  type SuggestionScore,
  type VerdictScore,
} from './discovery-score.js';
import type { FirstRunState, FirstRunStep } from './first-run-state.js';

/** What the first run found, scored against the labels that were kept back. */
export interface FirstRunReport {
  readonly questions: number;
  readonly classified: number;
  readonly unknown: number;
  readonly head: Head;
  readonly verdicts: VerdictScore;
  readonly suggestions: readonly SuggestionScore[];
}

export interface FirstRunOptions {
  readonly client: GraphqlClient;
  readonly output: Output;
  /** Shows one line to the person. */
  readonly say: (line: string) => void;
  /** The `content/` folder. */
  readonly contentFolder: string;
  readonly state: FirstRunState;
  readonly signal: AbortSignal;
}

const starterSource = 'starter';
const incomingSource = 'incoming';

/**
 * Takes the starter content through the loop: import, embed, train, classify, cluster. Steps that an earlier,
 * interrupted run has done are passed over.
 * @throws CommandFailure of the first step that fails
 */
export async function runFirstRun(options: FirstRunOptions): Promise<FirstRunReport> {
  const { state } = options;
  state.begin();
  await step(options, 'import', () => importContent(options));
  await step(options, 'embed', () => job(options, 'startEmbedding'));
  await step(options, 'train', () => job(options, 'startTraining', { promoteIfBetter: true }));
  await step(options, 'classify', () => job(options, 'startClassification', { again: false }));
  await step(options, 'cluster', () => job(options, 'startClustering', { scope: 'UNKNOWN' }));
  const report = await makeReport(options);
  state.complete('report');
  return report;
}

async function step(
  { state, say, signal }: FirstRunOptions,
  name: FirstRunStep,
  run: () => Promise<string>,
): Promise<void> {
  signal.throwIfAborted();
  if (state.done().includes(name)) return say(`  ${name.padEnd(9)} done before`);
  const started = performance.now();
  const outcome = await run();
  state.complete(name);
  say(`  ${name.padEnd(9)} ${outcome}  (${formatSeconds((performance.now() - started) / 1000)})`);
}

async function importContent(options: FirstRunOptions): Promise<string> {
  const { contentFolder } = options;
  const columns = columnMap();
  const topics = await readTopicTable(join(contentFolder, 'questions', 'topics.tsv'));
  const labels = await readLabelTable(join(contentFolder, 'incoming', 'labels.tsv'));
  const shared = { columns, topics, overrideSource: true };
  const starter = await importOne(options, join(contentFolder, 'questions'), { ...shared, source: starterSource });
  const incoming = await importOne(options, join(contentFolder, 'incoming', 'questions.tsv'), {
    ...shared,
    source: incomingSource,
    labels,
  });
  const given = [...labels.values()].filter((label) => label.given).length;
  return `${plural(starter, 'question')} with answers, ${plural(incoming, 'incoming question')}, ${given} of them labelled`;
}

async function importOne({ client, output }: FirstRunOptions, path: string, options: ImportOptions): Promise<number> {
  const display = output.progress(`importing ${options.source}`);
  try {
    const tally = await importSource(client, await openSource(path, options.columns), options, {
      onProgress: (progress) => display.show(progress),
      onFault: ({ file, line, message }) => {
        throw CommandFailure.failed(
          `The content of this installation is damaged: ${file ?? `${path}:${line}`}: ${message}`,
        );
      },
    });
    return tally.created + tally.updated + tally.unchanged;
  } finally {
    display.stop();
  }
}

async function job(
  { client, output, signal }: FirstRunOptions,
  mutation: Parameters<typeof changeJob>[1],
  input?: unknown,
): Promise<string> {
  const started = await changeJob(client, mutation, input);
  const ended = await showJob(client, output, started.id, signal);
  signal.throwIfAborted();
  return outcomeOf(succeeded(ended!));
}

function outcomeOf(result: JobResult): string {
  switch (result.__typename) {
    case 'EmbedJobResult':
      if (result.failed > 0) throw CommandFailure.failed(`${plural(result.failed, 'text')} could not be embedded.`);
      return `${plural(result.embedded, 'question')}, ${plural(result.passages, 'passage')} of answers`;
    case 'ClassifyJobResult':
      return `${plural(result.classified, 'question')}: ${result.classified - result.unknown} known, ${result.unknown} unknown`;
    case 'ClusterJobResult':
      return plural(result.suggestionCount, 'suggestion');
    case 'FineTuneJobResult':
      return `encoder ${result.encoderId}`;
    case 'EvaluateJobResult':
      return 'evaluated';
    case 'TrainJobResult':
      return `head ${result.head?.id ?? ''}, accuracy ${result.head?.accuracy.toFixed(3) ?? '?'}, in use`;
  }
}

async function makeReport({ client, contentFolder }: FirstRunOptions): Promise<FirstRunReport> {
  const truth = await readLabelTable(join(contentFolder, 'incoming', 'labels.tsv'));
  const { status } = await client.request<{
    status: { questions: number; classified: number; unknown: number; head: Head | null };
  }>(operations.status);
  if (status.head === null) throw CommandFailure.failed('No head is in use after the first training; see the logs.');
  const questionsOf = (filter: object) =>
    listNodes<ClassifiedQuestion>(client, operations.classifiedQuestions, 'questions', { filter });
  const suggestions = await listNodes<Suggestion>(client, operations.suggestions, 'suggestions', {
    states: ['PENDING'],
  });
  const scores: SuggestionScore[] = [];
  for (const suggestion of suggestions) {
    const members = await questionsOf({ suggestionId: suggestion.id });
    const ids = members.flatMap(({ externalId }) => externalId ?? []);
    scores.push(scoreSuggestion(suggestion, ids, truth));
  }
  const { questions, classified, unknown, head } = status;
  const verdicts = scoreVerdicts(await questionsOf({ source: incomingSource }), truth);
  return { questions, classified, unknown, head, verdicts, suggestions: scores };
}
