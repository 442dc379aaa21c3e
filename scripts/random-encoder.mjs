// Writes an encoder with random weights in the Hugging Face layout, as other tools export theirs: for tests and
// benchmarks that need a model of some size or form, and must not download one. Needs `npm run build`.
//   node scripts/random-encoder.mjs --shape minilm --output FOLDER [--seed 1]
//   node scripts/random-encoder.mjs --help
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Command, InvalidArgumentError, Option } from 'commander';

const built = new URL('../dist/test/support/random-encoder.js', import.meta.url).pathname;
if (!existsSync(built)) {
  console.error('This script runs built code: npm run build');
  process.exit(1);
}
const { choices, defaults, shapes, writeRandomEncoder } = createRequire(import.meta.url)(built);

const numbers = {
  layers: 'number of layers',
  hidden: 'size of a hidden state',
  heads: 'number of attention heads',
  intermediate: 'size of the layer between',
  vocab: 'number of tokens',
  maxPosition: 'longest sequence',
  labels: 'classes of a classifier',
  weightScale: 'standard deviation of the weights',
  seed: 'of the random weights',
  maskValue: 'score of a padded token',
  opset: 'version of the operator set (default: the oldest from 14 on that has the operators)',
};
const flag = (name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const number = (text) => {
  const value = Number(text);
  if (text === '' || Number.isNaN(value)) throw new InvalidArgumentError('It is a number.');
  return value;
};

const command = new Command('node scripts/random-encoder.mjs')
  .description('Writes an encoder with random weights: config.json, tokenizer files, onnx/model.onnx.')
  .requiredOption('--output <folder>', 'where to; made if it is not there, files are overwritten')
  .addOption(new Option('--shape <name>', 'ready-made sizes').choices(Object.keys(shapes)).default('small'))
  .option('--weights', 'also write model.safetensors');
for (const [name, allowed] of Object.entries(choices))
  command.addOption(new Option(`${flag(name)} <value>`, `default: ${allowed[0]}`).choices(allowed));
for (const [name, meaning] of Object.entries(numbers)) {
  const byDefault = name in shapes.small || name === 'opset' ? '' : ` (default: ${defaults[name]})`;
  command.addOption(new Option(`${flag(name)} <number>`, `${meaning}${byDefault}`).argParser(number));
}

const { output, shape, weights, ...options } = command.parse().opts();
try {
  await writeRandomEncoder(output, { ...shapes[shape], ...options }, weights);
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  command.error(`error: ${error.message}`);
}
