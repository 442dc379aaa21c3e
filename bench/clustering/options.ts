import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';

export const sectionNames = ['speed', 'memory', 'silhouette', 'discovery'] as const;
export type SectionName = (typeof sectionNames)[number];

/** What the command line asks for. */
export interface Options {
  readonly sections: readonly SectionName[];
  /** Holds texts or data sets; what each section reads of it, --help says. Absent: what needs it is left out, with a note. */
  readonly folder: string | undefined;
  /** Section speed: only this number of clusters, only this kind of vectors. */
  readonly clusters: number | undefined;
  readonly vectors: string | undefined;
  /** Threads of Cairn and of every peer. */
  readonly threads: number;
  /** Where the figures go; absent: they are only printed. */
  readonly output: string | undefined;
  /** Where embeddings and generated vectors are kept between runs; absent: in a temporary folder, for this run. */
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

function sections(value: string): SectionName[] {
  return value.split(',').map((given) => {
    const found = sectionNames.find((name) => name === given.trim());
    if (found === undefined) throw new InvalidArgumentError(`The sections are ${sectionNames.join(', ')}.`);
    return found;
  });
}

const help = `
Sections:
  speed       k-means beside scikit-learn, FAISS and ml-kmeans: one iteration, to convergence; needs Debian's python3-sklearn,
              python3-faiss and libopenblas0-pthread, leaves out those that are not there
  memory      resident memory of 1,000,000 x 256 vectors, k = 1,000, and of a pass over a stream
  silhouette  silhouette of 100,000 vectors beside scikit-learn's
  discovery   unknown topics found, by TEXTOIR's protocol; needs --data

FOLDER (--data), for discovery: textoir_{banking,clinc,stackoverflow}/{train,dev,test}.tsv with a header line "text<TAB>label",
and textoir_protocol.json.`;

/** Reads the command line; ends the process for --help and for mistakes. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command('npm run bench:clustering --')
    .option('--only <sections>', 'sections to run, with commas between', sections)
    .option('--data <folder>', 'the folder with the data sets')
    .option('--threads <n>', 'threads of Cairn and of every peer [all cores]', count)
    .option('--clusters <n>', 'speed: only this number of clusters, 100 or 1000', count)
    .option('--vectors <kind>', 'speed: only these vectors, embeddings or mixture')
    .option('--output <file>', 'where the figures go')
    .option('--cache <folder>', 'keeps generated vectors and embeddings for the next run')
    .option('--merge', 'keep what the file has of figures that are not measured now', false)
    .option('--quick', 'a tenth of the vectors: to see that it works', false)
    .addHelpText('after', help)
    .parse([...args], { from: 'user' });
  const given = command.opts<{
    only?: SectionName[];
    data?: string;
    threads?: number;
    clusters?: number;
    vectors?: string;
    output?: string;
    cache?: string;
    merge: boolean;
    quick: boolean;
  }>();
  const kept = !given.quick && (given.only === undefined || given.merge);
  return {
    sections: given.only ?? sectionNames,
    folder: given.data,
    clusters: given.clusters,
    vectors: given.vectors,
    threads: given.threads ?? availableParallelism(),
    output: given.output ?? (kept ? 'bench/results/clustering.json' : undefined),
    cache: given.cache,
    quick: given.quick,
    merge: given.merge,
  };
}
