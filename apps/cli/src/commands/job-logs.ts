import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import { jobLog } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';

interface LogLine {
  readonly id: string;
  readonly attempt: number;
  readonly level: 'INFO' | 'WARN' | 'ERROR';
  readonly message: string;
  readonly at: string;
}

interface LogPage {
  readonly job: {
    readonly state: string;
    readonly log: {
      readonly nodes: readonly LogLine[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
}

const pageSize = 100;
const pollMs = 500;

export function addJobLogs(group: Command): void {
  apiCommand(group, 'logs <id>', 'Prints what a job has written down about itself.', [
    'jobs logs 5d0c...',
    'jobs logs 5d0c... --follow',
  ])
    .option('--follow', 'go on with further lines until the job has ended')
    .action(print);
}

async function print(id: string, { follow = false }: { follow?: boolean }, command: Command): Promise<void> {
  const { client, output } = invocationOf(command);
  const lines: LogLine[] = [];
  for (let after: string | null | undefined; ;) {
    const { job }: LogPage = await client.request<LogPage>(jobLog, { id, first: pageSize, after });
    if (job === null) throw CommandFailure.failed(`There is no job "${id}". See cairn jobs.`);
    const { nodes, pageInfo }: NonNullable<LogPage['job']>['log'] = job.log;
    // Following prints as it goes; without, everything is one result, for --json.
    if (follow) for (const line of nodes) output.result(line, describe(line));
    else lines.push(...nodes);
    after = pageInfo.endCursor ?? after;
    if (pageInfo.hasNextPage) continue;
    const going = job.state === 'QUEUED' || job.state === 'RUNNING';
    if (!follow || !going) break;
    await sleep(pollMs);
  }
  if (!follow) output.result(lines, lines.length === 0 ? 'The log is empty.' : lines.map(describe).join('\n'));
}

function describe({ at, attempt, level, message }: LogLine): string {
  return `${at}  ${level.toLowerCase().padEnd(5)}  ${attempt}  ${message}`;
}
