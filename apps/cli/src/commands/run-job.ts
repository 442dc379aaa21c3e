import type { Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import { changeJob, type Job } from '../graphql/jobs.js';
import { apiCommand, invocationOf, type Invocation } from '../invocation.js';
import { describeKind, describeResult, showJob, succeeded } from '../output/job-progress.js';
import { plural } from '../output/table.js';

/** What a shell expects of a program that was stopped with Ctrl-C. */
const interrupted = 130;

/** A command that starts a job and follows it. */
export function jobCommand(program: Command, usage: string, description: string, examples: readonly string[]): Command {
  return apiCommand(program, usage, `${description} Follows the job until it has ended.`, examples)
    .option('--no-wait', 'start the job, print it, and do not follow it')
    .addHelpText('after', '  130  watching was stopped with Ctrl-C; the job goes on');
}

/** Starts a job as `jobCommand` offers it, and prints how it ended. */
export async function startAndFollow(
  command: Command,
  mutation: Parameters<typeof changeJob>[1],
  input?: unknown,
  describe?: (job: Job) => Promise<string>,
): Promise<void> {
  const { client, output } = invocationOf(command);
  const job = await changeJob(client, mutation, input);
  if (command.opts<{ wait: boolean }>().wait) await followJob({ client, output }, job.id, describe);
  else output.result(job, `Started ${describeKind(job)} as job ${job.id}. Follow it with cairn jobs watch ${job.id}.`);
}

/**
 * Follows a job, shows its progress, prints how it ended. Ctrl-C stops watching, not the job.
 * @param describe what a person is told of a job that succeeded [its result in one sentence]
 * @throws CommandFailure if the job failed or was cancelled, or could not do a part
 */
export async function followJob(
  invocation: Invocation,
  id: string,
  describe: (job: Job) => Promise<string> = async (job) => describeResult(succeeded(job)),
): Promise<void> {
  const { output } = invocation;
  const job = await waitForJob(invocation, id);
  if (job === undefined) return;
  const result = succeeded(job);
  output.result(job, output.json ? '' : await describe(job));
  if (result.__typename === 'EmbedJobResult' && result.failed > 0)
    throw CommandFailure.failed(`${plural(result.failed, 'text')} could not be embedded; see cairn jobs show ${id}.`);
}

/** The job as it ended, its progress shown until then; undefined if Ctrl-C stopped watching, which is told. */
export async function waitForJob({ client, output }: Invocation, id: string): Promise<Job | undefined> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const job = await showJob(client, output, id, stop.signal);
    if (job === undefined) {
      output.note(
        `Stopped watching; job ${id} goes on. Follow it with cairn jobs watch ${id}, or end it with cairn jobs cancel ${id}.`,
      );
      process.exitCode = interrupted;
    }
    return job;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}
