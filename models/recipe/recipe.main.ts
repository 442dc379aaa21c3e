/** From a corpus to an encoder with its card, in one command. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readModelFolder } from '../../apps/inference/src/model-store/model-folder.js';
import { writeCard, type Measured } from './card.js';
import { shape as usualShape, shapeWith } from './bert-graph.js';
import { evaluate, refuseTooMany, type EvaluationFolders, type Split } from './evaluate.js';
import { prepare } from './prepare.js';
import { help, readCommand, type Command } from './recipe-options.js';
import { runStages } from './stages.js';
import { tokenizerStage, vocabularySize } from './tokenizer-stage.js';
import { writeEncoder } from './write-encoder.js';

const writeFigures = (file: string, measured: Measured) =>
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);

/** Figures of one split stand beside those of the same only. */
function readFigures(file: string, split: Split): Measured {
  const measured = JSON.parse(readFileSync(file, 'utf8')) as Measured;
  if (measured.split !== split) throw new Error(`${file} has figures of the split ${measured.split}, not ${split}.`);
  return measured;
}

const root = resolve(__dirname, '../../..');
const evaluationFolders = (bench: string): EvaluationFolders => ({
  bench,
  probes: join(root, 'models/probes'),
  content: join(root, 'content/questions'),
});
const print = (name: string, value: number) => process.stdout.write(`${name.padEnd(28)} ${value.toFixed(1)}\n`);

async function measure(command: Command & { evaluate: string }): Promise<void> {
  const { folders, split, dimensions } = command;
  const figures = await evaluate(command.evaluate, evaluationFolders(folders[0]), split, print, dimensions);
  if (command.figures !== undefined) writeFigures(command.figures, { split, figures });
}

async function train(command: Command): Promise<void> {
  const { seed, hurry, split, dimensions, options } = command;
  const [corpus, bench, output] = command.folders;
  const work = command.work ?? `${output}.work`;
  // What is needed at the very end is looked at before the long part.
  for (const folder of options.teachers) await readModelFolder(folder);
  refuseTooMany(dimensions, usualShape.hidden_size);
  const begun = performance.now();
  const say = (line: string) =>
    process.stdout.write(`${String(Math.round((performance.now() - begun) / 1000)).padStart(6)} s  ${line}\n`);
  const paraphrases = join(root, 'models/paraphrases');
  mkdirSync(work, { recursive: true });
  const folders = { corpus, paraphrases, bench };
  const tokenizer = command.tokenizer ?? tokenizerStage(folders, work, { size: command.vocabulary, seed }, say);
  const shape = shapeWith(vocabularySize(tokenizer));
  const isTrained = command.tokenizer === undefined;
  const texts = prepare({ ...folders, tokenizer, isTrained }, work, seed, say);
  const model = await runStages({ texts, shape, tokenizer, work, seed, hurry, options, say });
  await writeEncoder(output, model, shape, tokenizer);
  const figures = await evaluate(output, evaluationFolders(bench), split, print, dimensions);
  const own: Measured = { split, seed, figures };
  writeFigures(join(output, 'figures.json'), own);
  const runs = [own, ...command.seeds.map((file) => readFigures(file, split))];
  const before = command.beside === undefined ? undefined : readFigures(command.beside, split);
  const card = writeCard({ runs, before, counts: texts.counts, shape, options, isTrained });
  writeFileSync(join(output, 'README.md'), card);
  say(`${output} is the encoder`);
}

async function main(args: string[]): Promise<number> {
  const command = readCommand(args);
  if (command === undefined || !('folders' in command)) {
    process.stdout.write(command === undefined ? help : `${command.join('\n')}\n\n${help}`);
    return command === undefined ? 0 : 2;
  }
  const { evaluate: encoder } = command;
  await (encoder === undefined ? train(command) : measure({ ...command, evaluate: encoder }));
  return 0;
}

void main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
