import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { discoverySets, knownShares, type DiscoverySet, type KnownShare } from './discovery/problems.js';

export const sectionNames = ['speed', 'memory', 'silhouette', 'service', 'discovery'] as const;
export type SectionName = (typeof sectionNames)[number];

/** What the command line asks for. */
export interface Options {
  readonly sections: readonly SectionName[];
  /** Holds texts or data sets; what each section reads of it, --help says. Absent: what needs it is left out, with a note. */
  readonly folder: string | undefined;
  /** Section speed: only this number of clusters, only this kind of vectors. */
  readonly clusters: number | undefined;
  readonly vectors: string | undefined;
  /** Section discovery: draws of known topics, data sets, shares of known topics (as the protocol names them), a part of a
   * method's name, and the folder of the encoder; absent: the bundled one. */
  readonly seeds: number;
  readonly sets: readonly DiscoverySet[];
  readonly known: readonly KnownShare[];
  readonly method: string;
  readonly encoder: string | undefined;
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

const listed =
  <T extends string>(known: readonly T[], what: string) =>
  (value: string): T[] =>
    value.split(',').map((given) => {
      const found = known.find((name) => name === given.trim());
      if (found === undefined) throw new InvalidArgumentError(`The ${what} are ${known.join(', ')}.`);
      return found;
    });

const help = `
Sections:
  speed       k-means beside scikit-learn, FAISS and ml-kmeans: one iteration, to convergence; needs Debian's python3-sklearn,
              python3-faiss and libopenblas0-pthread, leaves out those that are not there
  memory      resident memory of 1,000,000 x 256 vectors, k = 1,000, and of a pass over a stream
  silhouette  silhouette of 100,000 vectors beside scikit-learn's
  service     1,000,000 random unit vectors through the clustering service, in memory that does not grow with them
  discovery   unknown topics found, by TEXTOIR's protocol, beside the literature's figures; needs FOLDER; its rows are in
              bench/results/discovery.json

FOLDER, for discovery: textoir_{banking,clinc,stackoverflow}/{train,dev,test}.tsv with a header line "text<TAB>label", and
textoir_protocol.json.`;

/** Reads the command line; ends the process for --help and for mistakes. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command('npm run bench:clustering --')
    .argument('[folder]', 'the folder with the data sets of discovery')
    .option('--only <sections>', 'sections to run, with commas between', listed(sectionNames, 'sections'))
    .option('--seeds <n>', 'discovery: draws of known topics, 1 to 10 [3]', count)
    .option('--sets <names>', `discovery: data sets, of ${discoverySets.join(',')}`, listed(discoverySets, 'data sets'))
    .option(
      '--known <shares>',
      `discovery: shares of known topics, of ${knownShares.join(',')}`,
      listed(knownShares, 'shares'),
    )
    .option('--method <text>', 'discovery: only methods with this in their names')
    .option('--encoder <folder>', 'discovery: an encoder in the Hugging Face layout [the bundled one]')
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
    seeds?: number;
    sets?: DiscoverySet[];
    known?: KnownShare[];
    method?: string;
    encoder?: string;
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
    folder: command.args[0],
    seeds: given.seeds ?? 3,
    sets: given.sets ?? discoverySets,
    known: given.known ?? knownShares,
    method: given.method ?? '',
    encoder: given.encoder,
    clusters: given.clusters,
    vectors: given.vectors,
    threads: given.threads ?? availableParallelism(),
    output: given.output ?? (kept ? 'bench/results/clustering.json' : undefined),
    cache: given.cache,
    quick: given.quick,
    merge: given.merge,
  };
}
