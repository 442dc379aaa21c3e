import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { inheritedEnvironment, readCliConfig } from '../cli.config.js';
import { CommandFailure, exitCode, exitCodeHelp } from '../exit-code.js';
import { installationRoot } from '../installation.js';
import { modelFolders } from '../local/model-folders.js';
import { runQuantize } from '../local/quantize-program.js';
import { writeStarterExamples } from '../local/starter-examples.js';
import { mebibytes } from '../output/models.js';
import { createOutput } from '../output/output.js';
import { percent } from '../output/table.js';

/** Options that the program understands by the same name. */
interface PassedOptions {
  readonly precision: string;
  readonly minCosine?: string;
  readonly maxAccuracyLoss?: string;
  readonly seed?: string;
  readonly skipProbe?: boolean;
  readonly reduceRange?: boolean;
  readonly force?: boolean;
}

interface QuantizeOptions extends PassedOptions {
  readonly output?: string;
  readonly examples?: string;
  readonly data?: string;
}

/** What the program tells at its end. */
interface QuantizeReport {
  readonly id: string;
  readonly folder: string;
  readonly published: boolean;
  readonly precision: string;
  readonly cosine: { readonly mean: number; readonly min: number; readonly texts: number };
  readonly probe: Readonly<Record<string, number>> | null;
  readonly bytes: { readonly before: number; readonly after: number };
  readonly speed: Readonly<Record<string, number>>;
  readonly reason: string;
}

const examples = [
  'models quantize cairn-encoder-v2',
  'models quantize ./my-encoder --output my-encoder-small --examples questions.tsv',
  'models quantize cairn-encoder-v2 --precision float16 --json',
];

/** Not through the gateway: it takes all cores for a while, and needs no service. */
export function addQuantize(group: Command): void {
  group
    .command('quantize <model>')
    .description(
      `Writes a smaller variant of an encoder into the model store of this machine, measures it beside the original, and
publishes it if its vectors point the same way and a probe trained on them is as good. The figures go into its card.`,
    )
    .summary('Writes a smaller variant of an encoder, published if it is as good.')
    .option('--output <id>', 'what to call the variant [the name of the model and the precision]')
    .option('--examples <file>', 'texts to measure on: TSV, a text and a label in each line [the starter content]')
    .addOption(
      new Option('--precision <name>', 'int8: a quarter of the file, faster; float16: half the file, same speed')
        .choices(['int8', 'float16'])
        .default('int8'),
    )
    .option('--min-cosine <number>', 'mean cosine to float32 that must be reached [0.99]')
    .option('--max-accuracy-loss <share>', 'accuracy that the probe may lose [0.005]')
    .option('--skip-probe', 'let the cosine decide alone; the examples need no labels then')
    .option('--reduce-range', '7-bit weights, for x64 processors without VNNI')
    .option('--seed <number>', 'seed of the choice of texts and of the split [42]')
    .option('--force', 'replace a variant of the same id')
    .option('--data <folder>', 'data directory that holds the model store (CAIRN_DATA) [.cairn]')
    .option('--json', 'print the figures as one JSON object on standard output')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ cairn ${line}`).join('\n')}\n${exitCodeHelp}`)
    .action(quantize);
}

async function quantize(model: string, options: QuantizeOptions, command: Command): Promise<void> {
  const output = createOutput(command.optsWithGlobals<{ json?: boolean }>().json ?? false);
  const root = installationRoot();
  const main = join(root, 'dist/apps/inference/src/quantization/quantize.main.js');
  if (!existsSync(main))
    throw CommandFailure.failed(`The inference service is not built (${main}); run npm run build first.`);
  const { store, bundled } = modelFolders(root, options.data ?? readCliConfig().CAIRN_DATA, inheritedEnvironment());
  const id = options.output ?? `${basename(resolve(model))}-${options.precision}`;
  const folder = mkdtempSync(join(tmpdir(), 'cairn-quantize-'));
  try {
    const table = options.examples ?? join(folder, 'examples.tsv');
    if (options.examples === undefined) await writeStarterExamples(join(root, 'content'), table);
    const where = ['--model', model, '--output', id, '--store', store, '--bundled', bundled, '--examples', table];
    const outcome = await runQuantize(main, [...where, ...passedOn(options), '--json'], (line) => output.note(line));
    if (outcome.code === 2) throw CommandFailure.usage(outcome.verdict);
    if (outcome.code === 130 || outcome.code === 143) {
      output.note('Stopped; nothing was published.');
      process.exitCode = outcome.code;
      return;
    }
    const report = outcome.report === undefined ? undefined : (JSON.parse(outcome.report) as QuantizeReport);
    if (report === undefined || outcome.code === undefined || outcome.code > 1) {
      if (outcome.verdict !== '') output.note(outcome.verdict);
      const how = outcome.code === undefined ? 'was stopped' : `broke off (exit code ${outcome.code})`;
      throw new CommandFailure(exitCode.failed, `The quantisation ${how}; nothing was published.`);
    }
    output.result(report, describe(report));
    if (!report.published) throw CommandFailure.failed(`${report.id} is not published: ${report.reason}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function passedOn({ precision, minCosine, maxAccuracyLoss, seed, ...flags }: QuantizeOptions): string[] {
  const values = { precision, 'min-cosine': minCosine, 'max-accuracy-loss': maxAccuracyLoss, seed };
  const given = { 'skip-probe': flags.skipProbe, 'reduce-range': flags.reduceRange, force: flags.force };
  return [
    // With "=", so that a value that begins with a dash is still a value.
    ...Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    ...Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [`--${name}`] : [])),
  ];
}

function describe({ id, folder, published, precision, cosine, probe, bytes, speed }: QuantizeReport): string {
  const rows: [string, string][] = [
    ['variant', id],
    ['cosine', `mean ${cosine.mean.toFixed(5)}, least ${cosine.min.toFixed(5)}, over ${cosine.texts} texts`],
    ['probe', probe === null ? 'none' : `float32 ${percent(probe.float32)}, ${precision} ${percent(probe[precision])}`],
    ['size', `${mebibytes(bytes.before)} became ${mebibytes(bytes.after)}`],
    ['speed', `${speed.ratio.toFixed(2)} x float32 (${Math.round(speed[precision]).toLocaleString('en')} texts/s)`],
    ...(published ? ([['folder', folder]] as [string, string][]) : []),
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(9)}${value}`);
  return published ? [...lines, '', `Published. Use it: cairn models load ${id}`].join('\n') : lines.join('\n');
}
