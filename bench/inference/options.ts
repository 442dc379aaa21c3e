import { Command, InvalidArgumentError, Option } from 'commander';

export const sectionNames = ['throughput', 'int8', 'padding', 'latency', 'overload', 'invariance', 'start'] as const;
export type SectionName = (typeof sectionNames)[number];
export type EncoderName = 'bundled' | 'minilm';

/** What the command line asks for. */
export interface Options {
  /** Holds banking77/train.tsv and banking77/test.tsv. */
  readonly folder: string;
  readonly encoders: readonly EncoderName[];
  readonly sections: readonly SectionName[];
  /** Of each measurement. */
  readonly seconds: number;
  /** How often each measurement is made; one after the other, then all again. */
  readonly rounds: number;
  /** Of the offered overload. */
  readonly overloadSeconds: number;
  /** An ONNX file for the second raw limit, by encoder; where there is none, the graph that the engine keeps in its store. */
  readonly graphs: Partial<Record<EncoderName, string>>;
  /** Where the figures go; absent: they are only printed. */
  readonly output: string | undefined;
  /** Whether figures of the file that this run does not measure stay in it. */
  readonly merge: boolean;
  readonly quick: boolean;
}

const positive = (value: string): number => {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return number;
};

const listed = (value: string): SectionName[] =>
  value.split(',').map((name) => {
    const section = sectionNames.find((known) => known === name.trim());
    if (section === undefined) throw new InvalidArgumentError(`The sections are ${sectionNames.join(', ')}.`);
    return section;
  });

const graph = (value: string, before: Options['graphs'] = {}): Options['graphs'] => {
  const [, name = 'bundled', file] = /^(?:(bundled|minilm)=)?(.+)$/.exec(value) ?? [];
  return { ...before, [name]: file };
};

const help = `
FOLDER holds banking77/train.tsv and banking77/test.tsv: a header line "text<TAB>label", then one text a line. They are
the two files of BANKING77 (Casanueva et al. 2020, CC-BY-4.0), published on GitHub as banking_data/{train,test}.csv in
PolyAI-LDN/task-specific-datasets, as unquoted TSV.

Texts: "short" is the test file; "long" the answers of the starter content (content/questions), whole, cut by the
encoder; "mix" both, in an order drawn from a seed. Clients, peers and server share the cores of this machine.

Sections:
  throughput  texts/s beside the raw limit (ONNX Runtime alone) and the transformers.js pipeline
  int8        the int8 variant against float32: texts/s, cosine, accuracy of a probe on BANKING77
  padding     padded tokens that are not tokens, on the mix
  latency     an interactive request alone, and under saturating bulk load
  overload    three times the peak: goodput, time to refuse, memory
  invariance  the same vectors whatever the batch
  start       time to ready, memory under load

A run of all sections and both encoders takes about 50 minutes on two cores and writes bench/results/inference.json.
Anything less is only printed, unless --output names a file.`;

/** Reads the command line; ends the process for --help and for mistakes. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command('npm run bench:inference --')
    .argument('<folder>', 'the folder with banking77/')
    .addOption(
      new Option('--encoder <name>', 'encoder to measure').choices(['bundled', 'minilm', 'both']).default('both'),
    )
    .option('--only <sections>', 'sections to run, with commas between', listed)
    .option('--seconds <n>', 'length of each measurement', positive)
    .option('--rounds <n>', 'how often each is made, in turns', positive)
    .option(
      '--graph <file>',
      '[bundled=|minilm=]FILE: ONNX file of the second raw limit (default: the rewritten graph in the model store)',
      graph,
    )
    .option('--output <file>', 'where the figures go')
    .option('--merge', 'keep what the file has of other sections and encoders', false)
    .option('--quick', 'each fifth text, two seconds, one round, ten seconds of overload: to see that it works', false)
    .addHelpText('after', help)
    .parse([...args], { from: 'user' });
  const given = command.opts<{
    encoder: EncoderName | 'both';
    only?: SectionName[];
    seconds?: number;
    rounds?: number;
    graph?: Options['graphs'];
    output?: string;
    merge: boolean;
    quick: boolean;
  }>();
  const whole = given.only === undefined && given.encoder === 'both' && !given.quick;
  return {
    folder: command.args[0],
    encoders: given.encoder === 'both' ? ['bundled', 'minilm'] : [given.encoder],
    sections: given.only ?? sectionNames,
    seconds: given.seconds ?? (given.quick ? 2 : 4),
    rounds: Math.round(given.rounds ?? (given.quick ? 1 : 5)),
    overloadSeconds: given.quick ? 10 : 60,
    graphs: given.graph ?? {},
    output: given.output ?? (whole ? 'bench/results/inference.json' : undefined),
    merge: given.merge,
    quick: given.quick,
  };
}
