import { Option, type Command } from 'commander';
import { CommandFailure, exitCodeHelp } from '../exit-code.js';
import { listNodes } from '../graphql/connection.js';
import type { GraphqlClient, UserError } from '../graphql/graphql-client.js';
import { changeJob } from '../graphql/jobs.js';
import * as operations from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { formatTable } from '../output/table.js';

interface Schedule {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly enabled: boolean;
  readonly nextRunAt?: string | null;
  readonly lastRunAt?: string | null;
  readonly lastJob?: { readonly id: string; readonly state: string } | null;
  readonly version: number;
}

interface SchedulePayload {
  readonly schedule?: Schedule | null;
  readonly userErrors: readonly UserError[];
}

/** What each kind is started with when nothing else is said. */
const jobs: Record<string, unknown> = {
  embed: { embed: true },
  classify: { classify: {} },
  cluster: { cluster: {} },
  train: { train: { promoteIfBetter: true } },
};

export function addJobSchedules(group: Command): void {
  const schedule = group
    .command('schedule')
    .description('Lists, adds, changes or runs schedules of jobs.')
    .addHelpText('after', `\nExamples:\n  $ cairn jobs schedule\n  $ cairn jobs schedule run nightly\n${exitCodeHelp}`);
  apiCommand(schedule, 'list', 'Lists schedules.', ['jobs schedule list'], { isDefault: true }).action(list);
  apiCommand(schedule, 'add <name>', 'Lets a job start by the clock.', [
    'jobs schedule add nightly --kind cluster --cron "0 3 * * *" --time-zone Europe/Berlin',
  ])
    .addOption(new Option('--kind <kind>', 'what it starts').choices(Object.keys(jobs)).makeOptionMandatory())
    .requiredOption('--cron <fields>', 'minute, hour, day of month, month, day of week')
    .option('--time-zone <name>', 'IANA name of the time zone', 'UTC')
    .addOption(new Option('--priority <priority>', 'of its jobs').choices(['low', 'normal', 'high']).default('normal'))
    .action(add);
  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const)
    apiCommand(schedule, `${name} <name>`, `Turns a schedule ${enabled ? 'on' : 'off'}.`, [
      `jobs schedule ${name} nightly-clustering`,
    ]).action((which: string, _options, command: Command) => change(which, { enabled }, command));
  apiCommand(schedule, 'set <name>', 'Changes when a schedule runs.', ['jobs schedule set nightly --cron "30 2 * * *"'])
    .option('--cron <fields>', 'minute, hour, day of month, month, day of week')
    .option('--time-zone <name>', 'IANA name of the time zone')
    .action((which: string, { cron, timeZone }: { cron?: string; timeZone?: string }, command: Command) =>
      change(which, { cron, timeZone }, command),
    );
  apiCommand(schedule, 'run <name>', "Starts a schedule's job now.", ['jobs schedule run nightly']).action(
    async (which: string, _options, command: Command) => {
      const { client, output } = invocationOf(command);
      const job = await changeJob(client, 'runJobSchedule', which);
      output.result(job, `Started job ${job.id}. Follow it with cairn jobs watch ${job.id}.`);
    },
  );
  apiCommand(schedule, 'delete <name>', 'Deletes a schedule; its jobs stay.', ['jobs schedule delete nightly']).action(
    async (which: string, _options, command: Command) => {
      const { client, output } = invocationOf(command);
      await client.mutate<{ userErrors: UserError[] }>(operations.deleteJobSchedule, 'deleteJobSchedule', {
        id: which,
      });
      output.result({ deleted: which }, `Schedule ${which} is deleted.`);
    },
  );
}

const schedulesOf = (client: GraphqlClient) => listNodes<Schedule>(client, operations.jobSchedules, 'jobSchedules');

async function list(_options: unknown, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const schedules = await schedulesOf(client);
  const columns = ['name', 'kind', 'when', 'time zone', 'next run', 'last run'].map((name) => ({ name }));
  const rows = schedules.map(({ name, kind, cron, timeZone, enabled, nextRunAt, lastRunAt, lastJob }) => [
    ...[name, kind.toLowerCase(), cron, timeZone, enabled ? (nextRunAt ?? '') : 'off'],
    lastRunAt ? `${lastRunAt} ${lastJob?.state.toLowerCase() ?? ''}` : '',
  ]);
  output.result(schedules, rows.length === 0 ? 'There are no schedules.' : formatTable(columns, rows));
}

async function add(
  name: string,
  { kind, cron, timeZone, priority }: { kind: string; cron: string; timeZone: string; priority: string },
  command: Command,
): Promise<void> {
  const { client, output } = invocationOf(command);
  const value = { name, job: jobs[kind], cron, timeZone, priority: priority.toUpperCase() };
  const { schedule } = await client.mutate<SchedulePayload>(operations.createJobSchedule, 'createJobSchedule', {
    value,
  });
  output.result(schedule, `Schedule ${name} runs next at ${schedule?.nextRunAt}.`);
}

async function change(
  which: string,
  value: { cron?: string; timeZone?: string; enabled?: boolean },
  command: Command,
): Promise<void> {
  const { client, output } = invocationOf(command);
  const found = (await schedulesOf(client)).find(({ id, name }) => id === which || name === which);
  if (found === undefined) throw CommandFailure.failed(`There is no schedule "${which}". See cairn jobs schedule.`);
  const variables = { id: found.id, version: found.version, value };
  const { schedule } = await client.mutate<SchedulePayload>(
    operations.updateJobSchedule,
    'updateJobSchedule',
    variables,
  );
  const next = schedule?.nextRunAt;
  output.result(schedule, next ? `Schedule ${found.name} runs next at ${next}.` : `Schedule ${found.name} is off.`);
}
