import type { Command } from 'commander';
import type { UserError } from '../graphql/graphql-client.js';
import { promoteHead } from '../graphql/operations.js';
import { apiCommand, invocationOf } from '../invocation.js';
import type { Head } from '../output/head.js';
import { numberBetween, wholeNumber } from './option-values.js';
import { jobCommand, startAndFollow } from './run-job.js';

interface TrainOptions {
  readonly promote?: boolean;
  readonly seed?: number;
  readonly l2?: number;
  readonly heldOut?: number;
  readonly maxIterations?: number;
  readonly classWeights: boolean;
}

export function addTrain(program: Command): void {
  jobCommand(program, 'train', 'Trains a head on all labelled questions and measures it on held-out ones.', [
    'train',
    'train --promote',
    'train --seed 7 --held-out 0.3 --json',
  ])
    .option('--promote', 'put the head in use if it is not worse than the one in use')
    .option('--seed <number>', 'seed of the split [42]', wholeNumber(0, 2 ** 31 - 1))
    .option(
      '--l2 <number>',
      'L2 penalty on the weights; chosen on held-out labels if not given',
      numberBetween(0, Infinity),
    )
    .option('--held-out <share>', 'share of the labels held out for the figures [0.2]', numberBetween(0, 1))
    .option('--max-iterations <number>', 'iterations of L-BFGS [200]', wholeNumber(1))
    .option('--no-class-weights', 'weigh every label alike, instead of every topic')
    .action(async (options: TrainOptions, command: Command) =>
      startAndFollow(command, 'startTraining', {
        promoteIfBetter: options.promote ?? false,
        seed: options.seed,
        l2: options.l2,
        heldOut: options.heldOut,
        maxIterations: options.maxIterations,
        classWeights: options.classWeights ? undefined : false,
      }),
    );
}

export function addPromote(program: Command): void {
  apiCommand(program, 'promote <head>', 'Puts a trained head in use; an older one to go back to it.', [
    'promote head-2f1c9a',
  ]).action(async (id: string, _options, command: Command) => {
    const { client, output } = invocationOf(command);
    const { head } = await client.mutate<{ head: Head; userErrors: UserError[] }>(promoteHead, 'promoteHead', { id });
    output.result(head, `Head ${head.id} is in use now. Classify the questions anew with cairn classify.`);
  });
}
