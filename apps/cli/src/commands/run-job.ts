import type { Command } from 'commander';
import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient } from '../graphql/graphql-client.js';
import { changeJob, type Job, type JobResult } from '../graphql/jobs.js';
import { watchJob } from '../graphql/watch-job.js';
import { apiCommand, invocationOf, type Invocation } from '../invocation.js';
import type { Output } from '../output/output.js';
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
): Promise<void> {
  const { client, output } = invocationOf(command);
  const job = await changeJob(client, mutation, input);
  if (command.opts<{ wait: boolean }>().wait) await followJob({ client, output }, job.id);
  else output.result(job, `Started ${describeKind(job)} as job ${job.id}. Follow it with cairn jobs watch ${job.id}.`);
}

/**
 * Follows a job, shows its progress, prints how it ended. Ctrl-C stops watching, not the job.
 * @throws CommandFailure if the job failed or was cancelled, or could not do a part
 */
export async function followJob({ client, output }: Invocation, id: string): Promise<void> {
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
      return;
    }
    const result = succeeded(job);
    output.result(job, describeResult(result));
    if (result.__typename === 'EmbedJobResult' && result.failed > 0)
      throw CommandFailure.failed(
        `${plural(result.failed, 'question')} could not be embedded; see cairn jobs show ${id}.`,
      );
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** Watches a job under a progress display; undefined if `signal` came before its end. */
export async function showJob(
  client: GraphqlClient,
  output: Output,
  id: string,
  signal: AbortSignal,
  label?: string,
): Promise<Job | undefined> {
  let display: ReturnType<Output['progress']> | undefined;
  try {
    return await watchJob(
      client,
      id,
      (job) => {
        display ??= output.progress(label ?? describeKind(job));
        const stage = job.state === 'QUEUED' ? 'waiting for a worker' : (job.stage ?? undefined);
        const { done, total, rate, etaSeconds } = job;
        display.show({ done, total: total ?? 0, rate: rate ?? undefined, etaSeconds: etaSeconds ?? undefined, stage });
      },
      signal,
    );
  } finally {
    display?.stop();
  }
}

/**
 * The result of a job that has ended.
 * @throws CommandFailure if it failed or was cancelled
 */
export function succeeded(job: Job): JobResult {
  if (job.state === 'CANCELLED')
    throw CommandFailure.failed(`Job ${job.id} was cancelled. Run it again with cairn jobs retry ${job.id}.`);
  if (job.state !== 'SUCCEEDED' || !job.result)
    throw CommandFailure.failed(`Job ${job.id} failed: ${job.error?.message ?? 'no reason was given'}`);
  return job.result;
}

const kinds = { EMBED: 'embedding', CLASSIFY: 'classifying', CLUSTER: 'clustering', TRAIN: 'training' } as const;
export const describeKind = ({ kind }: Job): string => kinds[kind];

/** What a job did, in one sentence. */
export function describeResult(result: JobResult): string {
  switch (result.__typename) {
    case 'EmbedJobResult':
      return `Embedded ${plural(result.embedded, 'question')} (${plural(result.tokens, 'token')}), ${result.failed} failed.`;
    case 'ClassifyJobResult':
      return `Classified ${plural(result.classified, 'question')}: ${result.classified - result.unknown} known, ${result.unknown} unknown.`;
    case 'ClusterJobResult':
      return `Made ${plural(result.suggestionCount, 'suggestion')}${
        result.clustering
          ? ` from ${plural(result.clustering.nClusters, 'cluster')} of ${plural(result.clustering.questionCount, 'question')}`
          : ''
      }. See cairn suggestions.`;
    case 'TrainJobResult': {
      const { head, promoted } = result;
      const figures = head
        ? ` ${head.id}, accuracy ${head.accuracy.toFixed(3)} on ${head.heldOutExamples} held-out labels`
        : '';
      const next = promoted || !head ? '' : ` Put it in use with cairn promote ${head.id}.`;
      return `Trained head${figures}; ${promoted ? 'it is in use now' : 'it is a candidate'}.${next}`;
    }
  }
}
