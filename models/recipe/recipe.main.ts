/** From a corpus to an encoder with its card, in one command. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCard, type Measured } from './card.js';
import { shape } from './bert-graph.js';
import { evaluate, type EvaluationFolders, type Split } from './evaluate.js';
import { prepare } from './prepare.js';
import { usual, type RecipeOptions } from './recipe-options.js';
import { runStages } from './stages.js';
import { writeEncoder } from './write-encoder.js';

const help = `Usage: npm run train:encoder -- CORPUS BENCH OUTPUT [options]

Trains the bundled encoder from scratch, and writes it to OUTPUT with its figures and card. Killed and run again, it goes
on where it was: stages that are finished are kept in the work folder, and the one that runs has checkpoints.

  CORPUS   folder with pairs/NAME.tsv.xz (anchor, tab, positive) and text/NAME.txt.xz (a paragraph a line); needs xz
  BENCH    folder of evaluation sets: none of their texts is trained on, neither as it is nor nearly
  OUTPUT   folder of the encoder

  --work FOLDER       what stages have made [OUTPUT.work]
  --tokenizer FILE    tokenizer.json, with its other files beside it [models/cairn-encoder-v2/tokenizer.json]
  --seed NUMBER       [42]
  --rotate            turn the token vectors so that the first 64 or 128 components of a vector can be used alone
  --hurry NUMBER      divide the steps of every stage by it, to see that all of it works [1]
  --split dev|test    what the figures are measured on: test once, for the card [dev]
  --dimensions LIST   figures of the first so many components as well, as in 64,128
  --seeds FILES       figures.json of runs with other seeds, between commas: the card tells mean and spread
  --beside FILE       figures of an encoder before, for a column of the card
  --evaluate FOLDER   only print the figures of an encoder: CORPUS and OUTPUT are not needed
  --figures FILE      with --evaluate: write them to a file as well
`;

const writeFigures = (file: string, measured: Measured) =>
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);

/** Figures of one split stand beside those of the same only. */
function readFigures(file: string, split: Split): Measured {
  const measured = JSON.parse(readFileSync(file, 'utf8')) as Measured;
  if (measured.split !== split) throw new Error(`${file} has figures of the split ${measured.split}, not ${split}.`);
  return measured;
}

async function main(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...{ work: text, tokenizer: text, seed: text, hurry: text, split: text, evaluate: text, figures: text },
      ...{ seeds: text, beside: text, dimensions: text },
      ...{ help: { type: 'boolean' }, rotate: { type: 'boolean' } },
    },
  });
  const root = resolve(__dirname, '../../..');
  const split = values.split ?? 'dev';
  const [seed, hurry] = [Number(values.seed ?? 42), Number(values.hurry ?? 1)];
  const dimensions = values.dimensions?.split(',').map(Number) ?? [];
  const wanted = values.evaluate === undefined ? 3 : 1;
  const faults = [
    ...(positionals.length === wanted ? [] : [`${wanted} folders are needed, not ${positionals.length}`]),
    ...(split === 'dev' || split === 'test' ? [] : [`--split is dev or test, not ${split}`]),
    ...(Number.isSafeInteger(seed) ? [] : [`--seed is a whole number, not ${values.seed}`]),
    ...(dimensions.every((dimension) => Number.isSafeInteger(dimension) && dimension > 0)
      ? []
      : [`--dimensions are whole numbers of 1 or more between commas, not ${values.dimensions}`]),
    ...(hurry >= 1 ? [] : [`--hurry is 1 or more, not ${values.hurry}`]),
  ];
  if (values.help || faults.length > 0) {
    process.stdout.write(values.help ? help : `${faults.join('\n')}\n\n${help}`);
    return values.help ? 0 : 2;
  }
  const folders = (bench: string): EvaluationFolders => ({
    bench,
    probes: join(root, 'models/probes'),
    content: join(root, 'content/questions'),
  });
  const print = (name: string, value: number) => process.stdout.write(`${name.padEnd(28)} ${value.toFixed(1)}\n`);
  if (values.evaluate !== undefined) {
    const figures = await evaluate(
      resolve(values.evaluate),
      folders(resolve(positionals[0])),
      split as Split,
      print,
      dimensions,
    );
    if (values.figures !== undefined) writeFigures(resolve(values.figures), { split: split as Split, figures });
    return 0;
  }
  const [corpus, bench, output] = positionals.map((folder) => resolve(folder));
  const work = resolve(values.work ?? `${output}.work`);
  const tokenizer = resolve(values.tokenizer ?? join(root, 'models/cairn-encoder-v2/tokenizer.json'));
  const begun = performance.now();
  const say = (line: string) =>
    process.stdout.write(`${String(Math.round((performance.now() - begun) / 1000)).padStart(6)} s  ${line}\n`);
  const paraphrases = join(root, 'models/paraphrases');
  mkdirSync(work, { recursive: true });
  const texts = prepare({ corpus, paraphrases, bench, tokenizer }, work, seed, say);
  const options: RecipeOptions = { ...usual, rotate: values.rotate ?? false };
  const model = await runStages({ texts, work, seed, hurry, options, say });
  await writeEncoder(output, model, shape, tokenizer);
  const figures = await evaluate(output, folders(bench), split as Split, print, dimensions);
  const own: Measured = { split: split as Split, seed, figures };
  writeFigures(join(output, 'figures.json'), own);
  const others = (values.seeds?.split(',') ?? []).map((file) => readFigures(resolve(file), own.split));
  const before = values.beside === undefined ? undefined : readFigures(resolve(values.beside), own.split);
  const card = writeCard({ runs: [own, ...others], before, counts: texts.counts, options });
  writeFileSync(join(output, 'README.md'), card);
  say(`${output} is the encoder`);
  return 0;
}

void main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
