import { CommandFailure } from '../exit-code.js';
import type { GraphqlClient } from '../graphql/graphql-client.js';
import type { EvaluationSummary, Job, JobResult } from '../graphql/jobs.js';
import { watchJob } from '../graphql/watch-job.js';
import type { Output } from './output.js';
import { plural } from './table.js';

/** Watches a job under a progress display; undefined if `signal` came before its end. */
export async function showJob(
  client: GraphqlClient,
  output: Output,
  id: string,
  signal: AbortSignal,
): Promise<Job | undefined> {
  let display: ReturnType<Output['progress']> | undefined;
  try {
    return await watchJob(
      client,
      id,
      (job) => {
        display ??= output.progress(describeKind(job));
        const stage = job.state === 'QUEUED' ? 'waiting for a worker' : furtherStage(job);
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

const kinds = {
  EMBED: 'embedding',
  CLASSIFY: 'classifying',
  CLUSTER: 'clustering',
  TRAIN: 'training',
  FINE_TUNE: 'fine-tuning',
  EVALUATE: 'evaluating',
} as const;
export const describeKind = ({ kind }: Job): string => kinds[kind];

/** The stage, where it says more than what the job is called. */
const furtherStage = (job: Job): string | undefined =>
  job.stage && job.stage.toUpperCase() !== job.kind ? job.stage : undefined;

/** A head beside the one it was compared with; nothing without one. */
function describeSummary(evaluation: EvaluationSummary | null | undefined): string {
  if (!evaluation?.figuresAgainst) return '';
  const { figures, figuresAgainst, examples, pValue } = evaluation;
  const p = pValue == null ? '' : `, p = ${pValue.toFixed(3)}`;
  return `On ${plural(examples, 'label')} that neither has learned from it has ${figures.accuracy.toFixed(3)}, the one in use had ${figuresAgainst.accuracy.toFixed(3)}${p}.`;
}

/** What a job did, in one sentence. */
export function describeResult(result: JobResult): string {
  switch (result.__typename) {
    case 'EmbedJobResult':
      return `Embedded ${plural(result.embedded, 'question')} and ${plural(result.passages, 'passage')} of answers (${plural(result.tokens, 'token')}), ${result.failed} failed.`;
    case 'ClassifyJobResult':
      return `Classified ${plural(result.classified, 'question')}: ${result.classified - result.unknown} known, ${result.unknown} unknown.`;
    case 'ClusterJobResult':
      return `Made ${plural(result.suggestionCount, 'suggestion')}${
        result.clustering
          ? ` from ${plural(result.clustering.nClusters, 'cluster')} of ${plural(result.clustering.questionCount, 'question')}`
          : ''
      }. See cairn suggestions.`;
    case 'EvaluateJobResult':
      return result.evaluation
        ? `Measured accuracy ${result.evaluation.figures.accuracy.toFixed(3)} on ${plural(result.evaluation.examples, 'label')}. ${describeSummary(result.evaluation)}`.trim()
        : 'Evaluated.';
    case 'TrainJobResult': {
      const { head, promoted, reason, notes, evaluation } = result;
      if (!head) return 'Trained a head.';
      const inUse = promoted || head.state === 'IN_USE';
      const state = inUse
        ? `It is in use: ${reason}.`
        : `It is a candidate (${reason}); put it in use with cairn promote ${head.id}.`;
      const told = `Trained head ${head.id}: accuracy ${head.accuracy.toFixed(3)} on ${plural(head.heldOutExamples, 'held-out label')}.`;
      return [told, describeSummary(evaluation), state, ...notes].filter(Boolean).join(' ');
    }
    case 'FineTuneJobResult': {
      const { encoderId, head, accuracy, steps, seconds, promoted, reason, notes } = result;
      const measured =
        head && accuracy != null
          ? `; its head ${head.id} has an accuracy of ${accuracy.toFixed(3)} on ${plural(head.heldOutExamples, 'held-out label')}`
          : '';
      const inUse = promoted
        ? 'They are in use; classify the questions anew with cairn classify.'
        : `Not put in use: ${reason}.`;
      const told = [`Trained encoder ${encoderId} in ${plural(steps, 'step')}, ${seconds.toFixed(0)} s${measured}.`];
      return [...told, head ? describeSummary(result.evaluation) : '', head ? inUse : '', ...notes]
        .filter(Boolean)
        .join(' ');
    }
  }
}
