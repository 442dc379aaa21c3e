import { Option, type Command } from 'commander';
import { numberBetween, wholeNumber } from './option-values.js';
import { jobCommand, startAndFollow } from './run-job.js';

interface FineTuneOptions {
  readonly objective: string;
  readonly scope: string;
  readonly layers?: number;
  readonly rank?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly dropout?: number;
  readonly labelSmoothing?: number;
  readonly contrast?: number;
  readonly temperature?: number;
  readonly erase?: number;
  readonly clusters?: number;
  readonly neighbours?: number;
  readonly heldOut?: number;
  readonly patience?: number;
  readonly seed?: number;
  readonly accumulate?: number;
  readonly maxTokens?: number;
  readonly warmUp?: number;
  readonly maxNorm?: number;
  readonly weightDecay?: number;
  readonly classWeights?: boolean;
  readonly model?: string;
  readonly output?: string;
  readonly promote?: boolean;
}

const about = `
What happens: the encoder in use, its weights unpacked, reads your labelled questions again and again (epochs), a batch
at a time. After each batch every weight moves a little against its gradient, found by back-propagation, so that the
topic each question has becomes more probable. A tenth of the labels is held out: after each epoch it says whether the
encoder still gets better at questions it has not seen, and training stops when it does not (patience). The weights of the
best epoch are kept, and a head is trained and calibrated on the new embeddings. That head is measured beside the one in
use, on labels that neither it nor either encoder has learned from (cairn evaluate shows it again).

Steps:
  $ cairn train --promote                a head on the encoder as it is: the figure to beat
  $ cairn fine-tune                      minutes to hours; Ctrl-C stops watching, cairn jobs cancel ends it
  $ cairn evaluate HEAD                  is it worth it? p above 0.05: not proven
  $ cairn promote HEAD                   all questions are embedded anew, then both are switched; cairn rollback undoes it

What to turn first:
  --learning-rate  how far weights move in a step. Too high: the loss jumps and held-out accuracy falls. Too low: nothing
                   is learnt in the given epochs. 3e-5 to 3e-4 is usual; small encoders want more.
  --epochs         more for few labels, fewer for many.
  --scope          "all" learns most and can forget most. "last" keeps the lower layers as pre-training made them and
                   is faster; right for few labels. "lora" moves a small matrix beside each big one.
  --contrast       1 with --temperature 0.1 and --erase 0.15 teaches beside the topics which questions are alike, and as a
                   rule makes the better encoder, for discovery too.
  --dropout, --label-smoothing   against learning labels by heart: raise them if the training loss falls and held-out
                   accuracy does not rise.

No labels yet, or few? Pre-train on your own words first: cairn pretrain, then fine-tune.

For discovery: --objective clusters reads all questions, labelled or not. Before each epoch it clusters them with the encoder
as it is by then, and teaches it these clusters, in which labelled questions stay in their topics; it ends when hardly a
question changes its cluster (cairn jobs logs says how many do). cairn cluster says how many clusters to begin with.`;

export function addFineTune(program: Command): void {
  trainingCommand(program, 'fine-tune', 'Trains the encoder itself on all labelled questions, and a head with it.', [
    'fine-tune --promote',
    'fine-tune --scope last --layers 2 --epochs 5',
    'fine-tune --learning-rate 2e-4 --output support-encoder',
    'fine-tune --objective clusters --clusters 40 --promote',
  ])
    .addOption(
      new Option(
        '--objective <name>',
        'what it is taught: topics, questions of one topic near each other, or clusters of all questions',
      )
        .choices(['classes', 'contrastive', 'clusters'])
        .default('classes'),
    )
    .option(
      '--clusters <number>',
      'with clusters, needed there: how many, topics with labels among them',
      wholeNumber(2),
    )
    .option(
      '--neighbours <number>',
      'with clusters: so many nearest questions are taken to be like a question, instead of those of its cluster [0]',
      wholeNumber(0, 1000),
    )
    .option('--held-out <share>', 'share of the labels held out [0.1]', numberBetween(0, 1))
    .option('--class-weights', 'weigh every topic alike, instead of every label')
    .option('--label-smoothing <share>', 'certainty moved to the other topics [0]', numberBetween(0, 1))
    .option(
      '--contrast <weight>',
      'with classes: what it counts that questions of one topic come near each other [0]',
      numberBetween(0, 100),
    )
    .option('--promote', 'put it in use if it is not worse; all questions are embedded anew first')
    .addHelpText('after', about);
}

export function addPretrain(program: Command): void {
  trainingCommand(
    program,
    'pretrain',
    'Trains the encoder on the texts of all questions and answers, without labels.',
    ['pretrain --epochs 3 --output our-words', 'pretrain --objective views'],
  ).addOption(
    new Option('--objective <name>', 'what it is taught: hidden words, or two views of a text near each other')
      .choices(['masked', 'views'])
      .default('masked'),
  );
}

function trainingCommand(program: Command, name: string, description: string, examples: readonly string[]): Command {
  return jobCommand(program, name, description, examples)
    .addOption(
      new Option('--scope <part>', 'weights that move').choices(['all', 'last', 'lora', 'head']).default('all'),
    )
    .option('--layers <number>', 'with --scope last: how many layers [2]', wholeNumber(1))
    .option('--rank <number>', 'with --scope lora: rank of the adapters [8]', wholeNumber(1))
    .option('--epochs <number>', 'passes over the examples, at most [10]', wholeNumber(1))
    .option('--batch-size <number>', 'examples of a batch [32]', wholeNumber(1))
    .option('--learning-rate <number>', 'highest learning rate [0.0001]', numberBetween(0, 1))
    .option('--dropout <share>', 'activations dropped [0.1]', numberBetween(0, 1))
    .option('--erase <share>', 'words erased while training [0]', numberBetween(0, 0.9))
    .option(
      '--temperature <number>',
      'of contrastive losses: cosines are divided by it [0.05]',
      numberBetween(0.001, 100),
    )
    .option('--patience <number>', 'epochs without a gain that are waited for; 0: all epochs [3]', wholeNumber(0))
    .option('--seed <number>', 'seed of everything random [42]', wholeNumber(0, 2 ** 31 - 1))
    .option('--accumulate <number>', 'batches whose gradients make one step [1]', wholeNumber(1))
    .option('--max-tokens <number>', 'tokens a text is cut to [as many as the encoder takes]', wholeNumber(3))
    .option('--warm-up <share>', 'steps in which the learning rate rises [0.1]', numberBetween(0, 1))
    .option('--max-norm <number>', 'largest global norm of the gradients [1]', numberBetween(0, Infinity))
    .option('--weight-decay <number>', 'decoupled weight decay [0.01]', numberBetween(0, 1))
    .option('--model <model>', 'the float32 encoder to start from, by id or alias [the one in use]')
    .option('--output <id>', 'id of the new encoder in the model store')
    .action(async (options: FineTuneOptions, command: Command) => {
      const { objective, scope, layers: lastLayers, rank: loraRank, promote = false, ...rest } = options;
      const { epochs, batchSize, learningRate, dropout, labelSmoothing, heldOut, patience, seed, output } = rest;
      const { accumulate, maxTokens, warmUp, maxNorm, weightDecay, classWeights, model } = rest;
      const { contrast, temperature, erase, clusters, neighbours } = rest;
      await startAndFollow(command, 'startFineTuning', {
        ...{ objective: objective.toUpperCase(), scope: scope.toUpperCase(), lastLayers, loraRank },
        ...{ epochs, batchSize, learningRate, dropout, labelSmoothing, heldOut, patience, seed, output },
        ...{ accumulate, maxTokens, warmUp, maxNorm, weightDecay, classWeights, model },
        ...{ contrast, temperature, erase, clusters, neighbours, promoteIfBetter: promote },
      });
    });
}
