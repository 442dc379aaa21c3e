import { Command, InvalidArgumentError } from 'commander';

export const sectionNames = ['page', 'single', 'refusals', 'million', 'recall', 'overload'] as const;
export type SectionName = (typeof sectionNames)[number];

/** What the command line asks for. */
export interface Options {
  /** URL of the filled database. */
  readonly database: string;
  readonly sections: readonly SectionName[];
  /** Of each measurement. */
  readonly seconds: number;
  /** How often each is made, in turns. */
  readonly rounds: number;
  readonly overloadSeconds: number;
  /** Folder in which PostGraphile is installed; absent: it is left out. */
  readonly postgraphile?: string;
  /** Searches for each figure of `million`. */
  readonly searches: number;
  readonly questions: number;
  readonly output?: string;
  readonly merge: boolean;
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

const help = `
DATABASE is the URL of a database on PostgreSQL with pgvector, filled with made questions beforehand:
  node dist/bench/gateway/fill.program.js DATABASE 1000000 3600     about half an hour on two cores, 6 GB
Its settings were shared_buffers 2 GB, random_page_cost 1.1; all else as PostgreSQL has it, and fsync off.

The peer of "page" is PostGraphile, in a folder of its own, since nothing else here needs it:
  mkdir FOLDER && cd FOLDER && npm init -y && npm install postgraphile@4.14.1 pg@8.23.1
The peer of "single" is a bare Apollo server on Fastify, from the packages Cairn uses.

Sections:
  page      50 questions with topic, answers and label: statements, pages/s beside PostGraphile on the same tables
  single    one question by id beside the hello world of a bare Apollo server
  refusals  operations beyond each limit: time to refuse, statements they cost
  million   filtered hybrid search: latency, deep pages
  recall    its ten nearest by vectors against exact
  overload  three times the peak of "page": goodput, refusals, memory

Clients, peers, services and the database share the cores of this machine. A whole run writes
bench/results/gateway.json; parts are only printed, unless --output or --merge is given.`;

/** Reads the command line; ends the process for --help and for mistakes. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command('npm run bench:gateway --')
    .argument('<database>', 'URL of the filled database')
    .option('--only <sections>', 'sections to run, with commas between', listed)
    .option('--seconds <n>', 'length of each measurement', positive, 5)
    .option('--rounds <n>', 'how often each is made, in turns', positive, 3)
    .option('--overload-seconds <n>', 'length of the overload', positive, 120)
    .option('--postgraphile <folder>', 'where PostGraphile is installed')
    .option('--searches <n>', 'searches for each figure of "million" and "recall" (a fifth)', positive, 100)
    .option('--questions <n>', 'how many questions the database has', positive, 1_000_000)
    .option('--output <file>', 'where the figures go')
    .option('--merge', 'keep what the file has of other sections', false)
    .addHelpText('after', help)
    .parse([...args], { from: 'user' });
  const given = command.opts<Omit<Options, 'database' | 'sections'> & { only?: SectionName[] }>();
  const file = 'bench/results/gateway.json';
  return {
    ...given,
    database: command.args[0],
    sections: given.only ?? sectionNames,
    output: given.output ?? (given.merge || given.only === undefined ? file : undefined),
  };
}

export interface Setting {
  readonly options: Options;
  readonly report: {
    add(
      figure: string,
      value: number,
      unit: string,
      options?: { target?: number; lower?: boolean; peer?: string },
    ): void;
  };
  readonly note: (text: string) => void;
}
