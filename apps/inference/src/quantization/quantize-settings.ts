import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { idPattern, idRule } from '../model-store/model-id.js';
import { UsageFault } from './usage-fault.js';

export const precisions = ['int8', 'float16'] as const;
export type Precision = (typeof precisions)[number];

export interface QuantizeSettings {
  /** Id of an encoder in the store or bundled, or the path of its folder. */
  readonly model: string;
  /** Id of the variant. */
  readonly output: string;
  /** Writable folder of models. */
  readonly store: string;
  /** Read-only folder of models. */
  readonly bundled: string | undefined;
  /** Table of texts and labels. */
  readonly examples: string;
  readonly precision: Precision;
  readonly reduceRange: boolean;
  /** Mean cosine to float32 from which on a variant is published. */
  readonly minCosine: number;
  /** Share of the held-out texts by which the probe may be worse. */
  readonly maxAccuracyLoss: number;
  readonly skipProbe: boolean;
  readonly maxTexts: number;
  readonly seed: number;
  readonly force: boolean;
  readonly json: boolean;
}

export const help = `Usage: quantize --model FOLDER_OR_ID --output ID --store DIR --examples FILE [options]

Writes a smaller, faster variant of an encoder into the model store, if it is as good as the original.

  --model FOLDER_OR_ID    the encoder, float32: an id in the store, or a folder in the Hugging Face layout
  --output ID             what to call the variant
  --store DIR             writable folder of models
  --bundled DIR           read-only folder of models, searched first
  --examples FILE         texts to measure on: TSV, text and label in each line; a header "text<TAB>label" is optional.
                          At least 200 texts of two labels, best your own
  --precision NAME        int8: int8 products, a quarter of the file, faster on processors with VNNI or ARM dot products;
                          float16: half the file, same speed. Default: int8
  --reduce-range          7-bit weights, for x64 processors without VNNI
  --min-cosine NUMBER     mean cosine to the float32 vectors that must be reached. Default: 0.99
  --max-accuracy-loss N   accuracy that a probe trained on the vectors may lose, as a share. Default: 0.005
  --skip-probe            let the cosine decide alone; labels are not needed then
  --max-texts NUMBER      texts taken from the examples. Default: 5000
  --seed NUMBER           of the choice of texts and of the split. Default: 42
  --force                 replace a variant of the same id
  --json                  nothing but one line of JSON on standard output
  --help

Exit codes: 0 published; 1 refused by the quality gate; 2 wrong usage, or input that cannot be used; 3 anything else.
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  model: text,
  output: text,
  store: text,
  bundled: text,
  examples: text,
  precision: { ...text, default: 'int8' },
  'reduce-range': flag,
  'min-cosine': { ...text, default: '0.99' },
  'max-accuracy-loss': { ...text, default: '0.005' },
  'skip-probe': flag,
  'max-texts': { ...text, default: '5000' },
  seed: { ...text, default: '42' },
  force: flag,
  json: flag,
  help: flag,
} as const;

/**
 * Reads the arguments of the program.
 * @returns undefined if help is asked for
 * @throws UsageFault naming the option
 */
export function readSettings(args: string[]): QuantizeSettings | undefined {
  const given = parse(args);
  if (given.help === true) return undefined;
  const need = (name: 'model' | 'output' | 'store', what: string): string => {
    const value = given[name];
    if (value === undefined || value === '') throw new UsageFault(`--${name}`, `is missing: ${what}.`);
    return value;
  };
  const within = (name: 'min-cosine' | 'max-accuracy-loss', least: number, most: number): number => {
    const value = Number(given[name]);
    if (given[name].trim() === '' || !(value >= least && value <= most))
      throw new UsageFault(`--${name}`, `"${given[name]}" is no number from ${least} to ${most}.`);
    return value;
  };
  const whole = (name: 'max-texts' | 'seed', least: number): number => {
    const value = Number(given[name]);
    if (!/^\d+$/.test(given[name]) || !Number.isSafeInteger(value) || value < least)
      throw new UsageFault(`--${name}`, `"${given[name]}" is no whole number from ${least} on.`);
    return value;
  };
  const model = need('model', 'an id in the store, or the folder of the encoder');
  const output = need('output', 'the id of the variant');
  if (!idPattern.test(output)) throw new UsageFault('--output', `"${output}" is no id: ${idRule}.`);
  const store = resolve(need('store', 'the writable folder of models'));
  const precision = precisions.find((name) => name === given.precision);
  if (precision === undefined)
    throw new UsageFault('--precision', `"${given.precision}" is none of ${precisions.join(', ')}.`);
  const reduceRange = given['reduce-range'] === true;
  if (reduceRange && precision !== 'int8') throw new UsageFault('--reduce-range', 'is about int8 weights only.');
  if (given.examples === undefined)
    throw new UsageFault(
      '--examples',
      'is missing: nothing is published unmeasured. Give a TSV file with a text and a label in each line, "text<TAB>label"; a header is optional.',
    );
  return {
    model,
    output,
    store,
    bundled: given.bundled === undefined ? undefined : resolve(given.bundled),
    examples: given.examples,
    precision,
    reduceRange,
    minCosine: within('min-cosine', 0, 1),
    maxAccuracyLoss: within('max-accuracy-loss', 0, 1),
    skipProbe: given['skip-probe'] === true,
    maxTexts: whole('max-texts', 1),
    seed: whole('seed', 0),
    force: given.force === true,
    json: given.json === true,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    // One line; it names the option, and what follows are hints on dashes.
    const [first] = (error as Error).message.split(/\n|(?<=\.) To /);
    throw new UsageFault('', `${first.replace(/\.$/, '')}. See --help.`);
  }
}
