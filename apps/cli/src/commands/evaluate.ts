import type { Command } from 'commander';
import { firstNodes } from '../graphql/connection.js';
import type { UserError } from '../graphql/graphql-client.js';
import { changeJob } from '../graphql/jobs.js';
import * as operations from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import { describeChanges, describeEvaluation, type Evaluation, type EvaluationChange } from '../output/evaluation.js';
import type { Head } from '../output/head.js';
import { succeeded } from '../output/job-progress.js';
import { formatTable, percent, shorten } from '../output/table.js';
import { numberFrom, wholeNumber } from './option-values.js';
import { jobCommand, waitForJob } from './run-job.js';

const about = `
What is measured: labels that neither head has learned from. Every training holds out the same questions (chosen by a hash
of their text, a fifth of the labels; of few labels every one, in turn), and keeps what it said of them before the head was
fitted on everything. So two heads of other days, other seeds, even other encoders are compared on the same questions.
Labels that came after a training count too: the head is asked about them now. What one of the two has learned from is left
out, and how much that was is said. Every training ends with such an evaluation against the head in use.

How to read it:
  accuracy        share of questions whose most probable topic is right
  macro F1        the same care for small topics as for large ones; far below accuracy: look at the table of topics
  ECE             how far stated probabilities are from the truth: at 5 % a "90 %" is right 85 to 95 times in 100
  answered right  right and not called unknown: what your users see
  left-out ...    topics the training left out in turn to play the unknown: 0.5 is chance, 1 tells all of them
  p               the chance of such a difference between equally good heads: above 0.05, do not trust it`;

export function addEvaluate(program: Command): void {
  jobCommand(
    program,
    'evaluate [head]',
    'Compares a head (the one in use if none is named) with another on labels that neither has learned from.',
    ['evaluate', 'evaluate 5d7c0e3b --against 91ab44f0', 'evaluate 5d7c0e3b --changes 50', 'evaluate 5d7c0e3b --json'],
  )
    .option('--against <head>', 'the head to compare with [the one in use]')
    .option('--changes <number>', 'questions to show that are answered differently', wholeNumber(0, 5000), 10)
    .addHelpText('after', about)
    .action(async (headId: string | undefined, options: EvaluateOptions, command: Command) => {
      const { client, output } = invocationOf(command);
      const job = await changeJob(client, 'startEvaluation', { headId, againstHeadId: options.against });
      if (!options.wait) return output.result(job, `Started job ${job.id}. Follow it with cairn jobs watch ${job.id}.`);
      const ended = await waitForJob({ client, output }, job.id);
      if (ended === undefined) return;
      const result = succeeded(ended);
      if (result.__typename !== 'EvaluateJobResult') return;
      const id = result.evaluation!.id;
      const { evaluation } = await client.request<{ evaluation: Evaluation }>(operations.evaluation, { id });
      const changes = await firstNodes<EvaluationChange>(
        client,
        operations.evaluationChanges,
        'evaluationChanges',
        { id },
        options.changes,
      );
      const told = [describeEvaluation(evaluation), describeChanges(changes)].filter(Boolean).join('\n\n');
      output.result({ ...evaluation, changes }, told);
    });
}

interface EvaluateOptions {
  readonly against?: string;
  readonly changes: number;
  readonly wait: boolean;
}

interface Promotion {
  readonly createdAt: string;
  readonly cause?: string | null;
  readonly reason: string;
  readonly actor?: string | null;
  readonly head: Head | null;
  readonly previousHead?: { readonly id: string } | null;
}

export function addRollback(program: Command): void {
  apiCommand(
    program,
    'rollback',
    'Puts the head in use that was so before the present one; again: the one before that.',
    ['rollback'],
  ).action(async (_options, command: Command) => {
    const { client, output } = invocationOf(command);
    const { head } = await client.mutate<{ head: Head; userErrors: UserError[] }>(
      operations.rollbackHead,
      'rollbackHead',
      {},
    );
    output.result(head, `Head ${head.id} is in use again. Classify the questions anew with cairn classify.`);
  });
}

export function addPromotions(program: Command): void {
  apiCommand(program, 'promotions', 'Lists which heads were put in use, when and why; newest first.', [
    'promotions',
    'promotions --first 50 --json',
  ])
    .option('--first <number>', 'promotions to show', wholeNumber(1, 1000), 20)
    .action(async ({ first }: { first: number }, command: Command) => {
      const { client, output } = invocationOf(command);
      const found = await firstNodes<Promotion>(client, operations.promotions, 'promotions', {}, first);
      const table = formatTable(
        [{ name: 'when' }, { name: 'head' }, { name: 'accuracy', align: 'right' }, { name: 'by' }, { name: 'why' }],
        found.map(({ createdAt, head, cause, reason, actor }) => [
          createdAt.slice(0, 16).replace('T', ' '),
          head?.id ?? '(gone)',
          head ? percent(head.accuracy) : '',
          [(cause ?? '').toLowerCase(), actor].filter(Boolean).join(', '),
          shorten(reason, 100),
        ]),
      );
      output.result(found, found.length === 0 ? 'No head was put in use yet.' : table);
    });
}

interface PromotionRule {
  readonly enabled: boolean;
  readonly minAccuracyGain: number;
  readonly maxPValue: number;
  readonly maxEce: number;
}

interface RuleOptions {
  readonly on?: boolean;
  readonly off?: boolean;
  readonly gain?: number;
  readonly p?: number;
  readonly ece?: number;
}

export function addPromotionRule(program: Command): void {
  apiCommand(
    program,
    'promotion-rule',
    'Shows when trainings put their head in use by themselves, or changes it. It is off at first.',
    ['promotion-rule', 'promotion-rule --on --gain 0.5 --p 0.05 --ece 5', 'promotion-rule --off'],
  )
    .option('--on', 'trainings may put their heads in use if all of the following holds')
    .option('--off', 'only trainings that are asked to (--promote), and people, put heads in use')
    .option(
      '--gain <points>',
      'accuracy gain on the same labels, at least, in percentage points',
      numberFrom(-100, 100),
    )
    .option('--p <number>', "McNemar's p-value, at most; 1: whatever it is", numberFrom(0, 1))
    .option('--ece <percent>', 'calibration error, at most; 100: whatever it is', numberFrom(0, 100))
    .action(async ({ on, off, gain, p, ece }: RuleOptions, command: Command) => {
      const { client, output } = invocationOf(command);
      const input = {
        enabled: on ? true : off ? false : undefined,
        minAccuracyGain: gain === undefined ? undefined : gain / 100,
        maxPValue: p,
        maxEce: ece === undefined ? undefined : ece / 100,
      };
      const isChange = Object.values(input).some((value) => value !== undefined);
      const rule = isChange
        ? (
            await client.mutate<{ rule: PromotionRule; userErrors: UserError[] }>(
              operations.setPromotionRule,
              'setPromotionRule',
              { input },
            )
          ).rule
        : (await client.request<{ promotionRule: PromotionRule }>(operations.promotionRule)).promotionRule;
      output.result(rule, describeRule(rule));
    });
}

function describeRule({ enabled, minAccuracyGain, maxPValue, maxEce }: PromotionRule): string {
  const conditions = `accuracy gain of at least ${(100 * minAccuracyGain).toFixed(1)} points, p of at most ${maxPValue}, calibration error of at most ${percent(maxEce)}`;
  return enabled
    ? `On: a training puts its head in use with an ${conditions}, on labels that neither head has learned from.`
    : `Off: only people, and trainings that are asked to, put heads in use. Turned on, it would want an ${conditions}.`;
}
