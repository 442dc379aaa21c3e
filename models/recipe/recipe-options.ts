/** What a run is asked to do, as the command line says it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Split } from './evaluate.js';

/** What a run may do beside its usual stages; without any of it the result is the usual one, bit for bit. */
export interface RecipeOptions {
  /** Whether the first components of a vector hold most of it: see rotate.ts. */
  readonly rotate: boolean;
  /** Steps of the masked-language-model stage; 0: there is none. */
  readonly mlmSteps: number;
  /** Share of the pairs of the transformer stage that are one text twice. */
  readonly dropoutViews: number;
  /** Folders of encoders whose mean the encoder learns from at last; none: it does not. */
  readonly teachers: readonly string[];
  readonly distillSteps: number;
}

export const usual: RecipeOptions = { rotate: false, mlmSteps: 0, dropoutViews: 0, teachers: [], distillSteps: 800 };

/** Stages whose results depend on options. */
export type OptionalStage = 'masked' | 'transformer' | 'encoder' | 'distilled';

/**
 * Names of what stages make tell the options that it depends on, so that runs with others can share a work folder and
 * what is the same in both.
 */
export function nameWith(stage: OptionalStage, options: RecipeOptions): string {
  const { rotate, mlmSteps, dropoutViews, teachers, distillSteps } = options;
  return [
    stage,
    ...(rotate ? ['rotated'] : []),
    ...(mlmSteps > 0 ? [`masked-${mlmSteps}`] : []),
    ...(dropoutViews > 0 && stage !== 'masked' ? [`views-${dropoutViews}`] : []),
    ...(stage === 'distilled' ? [`steps-${distillSteps}`, hashOfFiles(teachers)] : []),
  ].join('.');
}

function hashOfFiles(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders)
    hash.update(
      createHash('sha256')
        .update(readFileSync(join(folder, 'onnx/model.onnx')))
        .digest(),
    );
  return hash.digest('hex').slice(0, 8);
}

export interface Command {
  /** Absolute paths of CORPUS, BENCH and OUTPUT; of BENCH alone with `evaluate`. */
  readonly folders: readonly string[];
  readonly work: string | undefined;
  /** Absent: one is trained, of `vocabulary` tokens. */
  readonly tokenizer: string | undefined;
  readonly vocabulary: number;
  readonly seed: number;
  readonly hurry: number;
  readonly split: Split;
  readonly dimensions: readonly number[];
  readonly seeds: readonly string[];
  readonly beside: string | undefined;
  readonly evaluate: string | undefined;
  readonly figures: string | undefined;
  readonly options: RecipeOptions;
}

export const help = `Usage: npm run train:encoder -- CORPUS BENCH OUTPUT [options]

Trains the bundled encoder from scratch, and writes it to OUTPUT with its figures and card. Killed and run again, it goes
on where it was: stages that are finished are kept in the work folder, and the one that runs has checkpoints.

  CORPUS   folder with pairs/NAME.tsv.xz (anchor, tab, positive) and text/NAME.txt.xz (a paragraph a line); needs xz
  BENCH    folder of evaluation sets: none of their texts is trained on, neither as it is nor nearly
  OUTPUT   folder of the encoder

Stages, in their order:
  tokenizer            a WordPiece vocabulary of the corpus; left out with --tokenizer
  static               a vector of each token
  masked               what the layers read is learned from hidden words; left out without --mlm-steps
  transformer          layers beside the mean of token vectors: pairs, paraphrases, mined hard negatives, two views
  distilled            learns from encoders made before; left out without --teacher

  --work FOLDER        what stages have made [OUTPUT.work]
  --vocabulary NUMBER  tokens that the tokenizer stage makes [16000]
  --tokenizer FILE     tokenizer.json to use instead, with its other files beside it, as in
                       models/cairn-encoder-v2/tokenizer.json
  --seed NUMBER        [42]
  --rotate             turn the token vectors so that the first 64 or 128 components of a vector can be used alone
  --mlm-steps NUMBER   steps of the masked stage [0]
  --dropout-views SHARE  of the pairs of the transformer stage that are two dropout views of one text [0]
  --teacher FOLDER     encoder that this recipe has made, with another seed or larger; again for several: their mean
  --distill-steps NUMBER  steps of the distilled stage [800]
  --hurry NUMBER       divide the steps of every stage by it, to see that all of it works [1]
  --split dev|test     what the figures are measured on: test once, for the card [dev]
  --dimensions LIST    figures of the first so many components as well, as in 64,128
  --seeds FILES        figures.json of runs with other seeds, between commas: the card tells mean and spread
  --beside FILE        figures of an encoder before, for a column of the card
  --evaluate FOLDER    only print the figures of an encoder: CORPUS and OUTPUT are not needed
  --figures FILE       with --evaluate: write them to a file as well
`;

/** @returns what is asked for; or what is wrong with it; undefined if help is asked for */
export function readCommand(args: string[]): Command | readonly string[] | undefined {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...{ work: text, tokenizer: text, vocabulary: text, seed: text, hurry: text, split: text, evaluate: text },
      ...{ figures: text, seeds: text, beside: text, dimensions: text, rotate: { type: 'boolean' } },
      ...{ 'mlm-steps': text, 'dropout-views': text, 'distill-steps': text },
      ...{ teacher: { type: 'string', multiple: true }, help: { type: 'boolean' } },
    },
  });
  if (values.help) return undefined;
  const faults: string[] = [];
  const number = (
    given: string | undefined,
    usually: number,
    fits: (value: number) => boolean,
    rule: string,
  ): number => {
    const value = given === undefined ? usually : Number(given);
    if (given?.trim() === '' || !fits(value)) faults.push(`${rule}, not ${given}`);
    return value;
  };
  const isWhole =
    (least: number, most = Number.MAX_SAFE_INTEGER) =>
    (value: number) =>
      Number.isSafeInteger(value) && value >= least && value <= most;
  const wanted = values.evaluate === undefined ? 3 : 1;
  if (positionals.length !== wanted) faults.push(`${wanted} folders are needed, not ${positionals.length}`);
  const split = values.split ?? 'dev';
  if (split !== 'dev' && split !== 'test') faults.push(`--split is dev or test, not ${split}`);
  const dimensions = values.dimensions?.split(',').map(Number) ?? [];
  if (!dimensions.every(isWhole(1)))
    faults.push(`--dimensions are whole numbers of 1 or more between commas, not ${values.dimensions}`);
  const isSeed = isWhole(Number.MIN_SAFE_INTEGER);
  const seed = number(values.seed, 42, isSeed, '--seed is a whole number');
  const hurry = number(values.hurry, 1, (value) => value >= 1, '--hurry is 1 or more');
  const vocabulary = number(
    values.vocabulary,
    16_000,
    isWhole(1000, 65_535),
    '--vocabulary is a whole number from 1000 to 65535',
  );
  if (values.vocabulary !== undefined && values.tokenizer !== undefined)
    faults.push('--vocabulary is for a tokenizer that is trained: leave it out, or leave --tokenizer out');
  const options: RecipeOptions = {
    rotate: values.rotate ?? usual.rotate,
    mlmSteps: number(values['mlm-steps'], usual.mlmSteps, isWhole(0), '--mlm-steps is a whole number, 0 or more'),
    dropoutViews: number(
      values['dropout-views'],
      usual.dropoutViews,
      (value) => value >= 0 && value <= 1,
      '--dropout-views is a share, from 0 to 1',
    ),
    teachers: values.teacher?.map((folder) => resolve(folder)) ?? [],
    distillSteps: number(
      values['distill-steps'],
      usual.distillSteps,
      isWhole(1),
      '--distill-steps is a whole number, 1 or more',
    ),
  };
  if (values['distill-steps'] !== undefined && options.teachers.length === 0)
    faults.push('--distill-steps are those with a --teacher: name one');
  if (faults.length > 0) return faults;
  const path = (given: string | undefined) => (given === undefined ? undefined : resolve(given));
  return {
    folders: positionals.map((folder) => resolve(folder)),
    ...{ work: path(values.work), tokenizer: path(values.tokenizer), vocabulary, seed, hurry, dimensions, options },
    split: split as Split,
    seeds: values.seeds?.split(',').map((file) => resolve(file)) ?? [],
    ...{ beside: path(values.beside), evaluate: path(values.evaluate), figures: path(values.figures) },
  };
}
