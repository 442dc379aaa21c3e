import { Command, InvalidArgumentError } from 'commander';

export const sectionNames = ['heads', 'few-shot', 'open-set', 'ece', 'head-speed', 'step-cost', 'fine-tune'] as const;
export type SectionName = (typeof sectionNames)[number];
export const dataNames = ['banking77', 'clinc150', 'banking', 'oos', 'stackoverflow'] as const;
export type DataName = (typeof dataNames)[number];

/** What the command line asks for. */
export interface Options {
  /** Holds banking77/, clinc150/, textoir_*\/ and textoir_protocol.json. */
  readonly folder: string;
  readonly sections: readonly SectionName[];
  /** Data sets that are looked at. */
  readonly dataNames: readonly DataName[];
  /** Trainings of each setting, with the seeds 0, 1, ...; figures are their mean. */
  readonly seeds: number;
  /** Where the figures go; absent: they are only printed. */
  readonly output: string | undefined;
  /** Where embeddings are kept between runs; absent: in a temporary folder, for this run. */
  readonly cache: string | undefined;
  readonly quick: boolean;
  /** Keep what the file has of rows that are not measured. */
  readonly merge: boolean;
}

const count = (value: string): number => {
  const number = Number(value);
  if (!(Number.isInteger(number) && number >= 1)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return number;
};

const listed =
  <T extends string>(known: readonly T[], what: string) =>
  (value: string): T[] =>
    value.split(',').map((given) => {
      const found = known.find((name) => name === given.trim());
      if (found === undefined) throw new InvalidArgumentError(`The ${what} are ${known.join(', ')}.`);
      return found;
    });

const help = `
FOLDER holds data sets as unquoted TSV with a header line "text<TAB>label":
  banking77/{train,test}.tsv              BANKING77 (Casanueva et al. 2020)
  clinc150/{train,test,oos_test}.tsv      CLINC150 (Larson et al. 2019)
  textoir_{banking,oos,stackoverflow}/{train,test}.tsv, textoir_protocol.json
                                          TEXTOIR (Zhang et al. 2021): its splits, its draws of known classes
Nothing is fitted on a test file: penalties, temperatures, thresholds and detectors come from parts of the train files. The
form of the combined unknown score was chosen with test figures of the open-set protocol in sight: those are not blind.

Sections:
  heads       heads on frozen embeddings: BANKING77, CLINC150 in-scope
  few-shot    5 and 10 examples a topic, drawn by the seed; the rest of the train file is not looked at
  open-set    unknown classes by TEXTOIR's protocol, beside the figures of the literature
  ece         calibration, thresholds of classes, coverage
  step-cost   a training step of the encoder beside its forward pass and beside PyTorch's step (if python3 has torch)
  fine-tune   the whole encoder trained on the train file, and on 10 examples a topic; hours for three seeds
  head-speed  time of a training over gRPC; accuracy beside scikit-learn's (bench/learning/sklearn.json)`;

/** Reads the command line; ends the process for --help and for mistakes. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command('npm run bench:learning --')
    .argument('<folder>', 'the folder with the data sets')
    .option('--only <sections>', 'sections to run, with commas between', listed(sectionNames, 'sections'))
    .option(
      '--data <names>',
      'data sets to look at: banking77,clinc150 and, of TEXTOIR, banking,oos,stackoverflow',
      listed(dataNames, 'data sets'),
    )
    .option('--seeds <n>', 'trainings of each setting [3]', count)
    .option('--output <file>', 'where the figures go')
    .option('--cache <folder>', 'keeps embeddings for the next run')
    .option('--merge', 'keep what the file has of figures that are not measured now', false)
    .option('--quick', 'one seed, each fourth text: to see that it works', false)
    .addHelpText('after', help)
    .parse([...args], { from: 'user' });
  const given = command.opts<{
    only?: SectionName[];
    data?: DataName[];
    merge: boolean;
    seeds?: number;
    output?: string;
    cache?: string;
    quick: boolean;
  }>();
  const whole = given.only === undefined && given.data === undefined && !given.quick;
  return {
    folder: command.args[0],
    sections: given.only ?? sectionNames,
    dataNames: given.data ?? dataNames,
    merge: given.merge,
    seeds: given.seeds ?? (given.quick ? 1 : 3),
    output: given.output ?? (whole ? 'bench/results/learning.json' : undefined),
    cache: given.cache,
    quick: given.quick,
  };
}
