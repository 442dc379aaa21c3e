import { Option, type Command } from 'commander';
import { CommandFailure, exitCodeHelp } from '../exit-code.js';
import { changeJob, findJob, type Job } from '../graphql/jobs.js';
import type { UserError } from '../graphql/graphql-client.js';
import { jobs, redriveJobs } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeResult } from '../output/job-progress.js';
import { formatRate, formatSeconds } from '../output/rate.js';
import { formatTable, percent, plural } from '../output/table.js';
import { addJobLogs } from './job-logs.js';
import { addJobSchedules } from './job-schedules.js';
import { wholeNumber } from './option-values.js';
import { followJob } from './run-job.js';

const kinds = ['embed', 'classify', 'cluster', 'train', 'fine-tune'];

export function addJobs(program: Command): void {
  const group = program
    .command('jobs')
    .description('Lists jobs; shows, follows, cancels, runs one again; their logs, dead letters and schedules.')
    .addHelpText('after', `\nExamples:\n  $ cairn jobs\n  $ cairn jobs watch 5d0c...\n${exitCodeHelp}`);
  apiCommand(group, 'list', 'Lists jobs, the newest first.', ['jobs', 'jobs list --first 50 --json'], {
    isDefault: true,
  })
    .option('--first <number>', 'jobs to show', wholeNumber(1, 100), 20)
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(kinds))
    .option('--dead', 'only dead letters: all attempts used up, or a fault of Cairn')
    .action(list);
  apiCommand(group, 'redrive', 'Runs dead letters again, the oldest first.', [
    'jobs redrive',
    'jobs redrive --kind embed',
  ])
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(kinds))
    .option('--first <number>', 'at most that many', wholeNumber(1, 1000), 100)
    .action(redrive);
  addJobLogs(group);
  addJobSchedules(group);
  apiCommand(group, 'show <id>', 'Shows one job.', ['jobs show 5d0c...']).action(
    async (id: string, _options, command: Command) => {
      const { client, output } = invocationOf(command);
      const job = await findJob(client, id);
      if (job === null) throw CommandFailure.failed(`There is no job "${id}". See cairn jobs.`);
      output.result(job, describe(job));
    },
  );
  apiCommand(group, 'watch <id>', 'Follows a job until it has ended.', ['jobs watch 5d0c...']).action(
    async (id: string, _options, command: Command) => followJob(invocationOf(command), id),
  );
  apiCommand(group, 'cancel <id>', 'Asks a job to stop; what it has done stays.', ['jobs cancel 5d0c...']).action(
    async (id: string, _options, command: Command) => {
      const { client, output } = invocationOf(command);
      const job = await changeJob(client, 'cancelJob', id);
      output.result(job, job.state === 'CANCELLED' ? `Job ${id} is cancelled.` : `Job ${id} stops at its next step.`);
    },
  );
  apiCommand(group, 'retry <id>', 'Runs a failed or cancelled job again.', ['jobs retry 5d0c...']).action(
    async (id: string, _options, command: Command) => {
      const { client, output } = invocationOf(command);
      const job = await changeJob(client, 'retryJob', id);
      output.result(job, `Job ${id} runs again. Follow it with cairn jobs watch ${id}.`);
    },
  );
}

interface ListOptions {
  readonly first: number;
  readonly kind?: string;
  readonly dead?: boolean;
}

async function redrive({ first, kind }: ListOptions, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const variables = { first, kind: kind && enumOf(kind) };
  const redriven = await client.mutate<RedrivePayload>(redriveJobs, 'redriveJobs', variables);
  const count = redriven.jobs?.length ?? 0;
  output.result(redriven.jobs, count === 0 ? 'There are no dead letters.' : `${plural(count, 'job')} run again.`);
}

interface RedrivePayload {
  readonly jobs?: readonly Job[] | null;
  readonly userErrors: readonly UserError[];
}

/** "fine-tune" is FINE_TUNE. */
const enumOf = (kind: string): string => kind.toUpperCase().replace('-', '_');

async function list({ first, kind, dead = false }: ListOptions, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const variables = { first, dead, kinds: kind === undefined ? undefined : [enumOf(kind)] };
  const page = await client.request<{ jobs: { nodes: readonly Job[] } }>(jobs, variables);
  const rows = page.jobs.nodes.map((job) => [
    job.id,
    job.kind.toLowerCase(),
    stateOf(job),
    job.createdAt,
    outcome(job),
  ]);
  const columns = [{ name: 'id' }, { name: 'kind' }, { name: 'state' }, { name: 'asked for' }, { name: 'outcome' }];
  output.result(page.jobs.nodes, rows.length === 0 ? 'There are no jobs.' : formatTable(columns, rows));
}

function stateOf({ state, done, total, cancelRequested, deadAt }: Job): string {
  if (deadAt) return 'dead';
  if (state !== 'RUNNING') return state.toLowerCase();
  return `running${total ? ` ${percent(done / total)}` : ''}${cancelRequested ? ', stopping' : ''}`;
}

function outcome({ error, result, stage, rate, etaSeconds }: Job): string {
  if (error) return error.message;
  if (result) return describeResult(result);
  const pace = [stage ?? '', rate ? formatRate(rate) : '', etaSeconds ? `${formatSeconds(etaSeconds)} to go` : ''];
  return pace.filter((part) => part !== '').join(', ');
}

function describe(job: Job): string {
  const rows: [string, string | null | undefined][] = [
    ['job', job.id],
    ['kind', job.kind.toLowerCase()],
    ['state', stateOf(job)],
    ['attempt', String(job.attempt)],
    ['priority', job.priority === 'NORMAL' ? undefined : job.priority.toLowerCase()],
    ['not before', job.notBefore],
    ['asked for', `${job.createdAt}${job.createdBy ? ` by ${job.createdBy}` : ''}`],
    ['started', job.startedAt],
    ['ended', job.finishedAt],
    ['outcome', outcome(job)],
  ];
  return rows.flatMap(([name, value]) => (value ? [`${name.padEnd(10)} ${value}`] : [])).join('\n');
}
