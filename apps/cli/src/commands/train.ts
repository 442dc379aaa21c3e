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

const about = `
What happens: the encoder turns every labelled question into a vector; a head is a straight line for each topic through
these vectors, and the examples themselves to compare with. It takes seconds, so train again whenever labels were added.
  1. A fifth of the labels is held out, the same questions every time (of few labels each one in turn). They choose the
     penalty (--l2), say how sure the head may be (calibration), and where known ends and unknown begins.
  2. Then the head is fitted on all labels: what was held out is not lost.
  3. It is measured beside the head in use, on labels that neither has learned from. Read it again with cairn evaluate.
  4. With --promote it is put in use unless it is worse; or by your rule, see cairn promotion-rule. cairn rollback goes back.

A first round:
  $ cairn train                          what would it be worth?
  $ cairn evaluate HEAD                  which topics are weak, and what are they taken for?
  $ cairn train --promote                good enough: use it
  $ cairn classify                       give every question its topic, or unknown

If it is not good enough:
  few labels of a topic  label more of it: the table of cairn evaluate shows the weak ones; 10 each go a long way
  two topics confused    are they one? Or do their labels contradict each other? The training says so
  nothing helps          train the encoder itself: cairn fine-tune --help
What to turn: mostly nothing. --no-class-weights if rare topics are claimed too often; --held-out 0.3 for surer figures.`;

export function addTrain(program: Command): void {
  jobCommand(program, 'train', 'Trains a head on all labelled questions and measures it on held-out ones.', [
    'train',
    'train --promote',
    'train --seed 7 --held-out 0.3 --json',
  ])
    .option('--promote', 'put the head in use if it is not worse than the one in use, on the same labels')
    .option('--seed <number>', 'seed of everything random [42]', wholeNumber(0, 2 ** 31 - 1))
    .option(
      '--l2 <number>',
      'L2 penalty on the weights; chosen on held-out labels if not given',
      numberBetween(0, Infinity),
    )
    .option('--held-out <share>', 'share of the labels held out for the figures [0.2]', numberBetween(0, 1))
    .option('--max-iterations <number>', 'iterations of L-BFGS [200]', wholeNumber(1))
    .option('--no-class-weights', 'weigh every label alike, instead of every topic')
    .addHelpText('after', about)
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
