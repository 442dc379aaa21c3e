import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRows } from '../../inference/text-sets.js';
import type { Embeddings } from '../../learning/embeddings.js';

/** Data sets of TEXTOIR's discovery protocol. */
export const discoverySets = ['banking', 'clinc', 'stackoverflow'] as const;
export type DiscoverySet = (typeof discoverySets)[number];

/** Shares of the topics that are known: none, or as the protocol draws them. */
export const knownShares = ['0', '0.25', '0.5', '0.75'] as const;
export type KnownShare = (typeof knownShares)[number];

/** Texts of one file with their vectors; labels are for scores, and for the rows of a draw. */
export interface EmbeddedRows {
  readonly texts: readonly string[];
  /** Topic of each row, numbered in the order of their names. */
  readonly topics: Int32Array;
  /** `[rows, dimension]`, unit length. */
  readonly vectors: Float32Array;
}

/** One draw of one data set: what a method is given, and the rows that it is to put into clusters. */
export interface Problem {
  readonly name: DiscoverySet;
  readonly share: KnownShare;
  /** Of the draw, and of everything random in a method. */
  readonly seed: number;
  readonly dimension: number;
  /** The true number of topics, which the protocol gives to every method. */
  readonly clusters: number;
  readonly train: EmbeddedRows;
  readonly test: EmbeddedRows;
  /** Rows of `train` whose topics are known: a tenth of each known topic's. */
  readonly labelled: readonly number[];
}

interface Draw {
  readonly seed: number;
  readonly known: readonly string[];
  readonly labelled_rows: readonly number[];
}

type Draws = Record<string, Record<string, readonly Draw[]>>;

/** Reads data sets, embeds their texts once, and makes problems of the protocol's draws. */
export class Problems {
  private readonly draws: Draws;

  constructor(
    private readonly folder: string,
    private readonly embeddings: Embeddings,
  ) {
    const text = readFileSync(join(folder, 'textoir_protocol.json'), 'utf8');
    this.draws = (JSON.parse(text) as { discovery: Draws }).discovery;
  }

  /**
   * @param seed number of the draw; without known topics, only of what a method draws itself
   * @throws Error if the protocol has no such draw, or its rows are not of its topics: another version of the data
   */
  async problem(name: DiscoverySet, share: KnownShare, seed: number): Promise<Problem> {
    const files = share === '0' ? ['train', 'dev'] : ['train'];
    const parts = files.map((file) => this.rows(name, file));
    const testRows = this.rows(name, 'test');
    const names = [...new Set([...parts.flat(), ...testRows].map(({ label }) => label))].sort();
    const train = await this.embedded(`${name}/${files.join('+')}`, parts.flat(), names);
    const test = await this.embedded(`${name}/test`, testRows, names);
    const draw = share === '0' ? undefined : this.draws[name]?.[share]?.find((one) => one.seed === seed);
    if (share !== '0' && draw === undefined)
      throw new Error(`textoir_protocol.json has no draw ${seed} of ${name} at ${share}.`);
    const known = new Set(draw?.known);
    for (const row of draw?.labelled_rows ?? [])
      if (!known.has(names[train.topics[row]]))
        throw new Error(`Row ${row} of ${name} is not of a known topic: the draws are of other data.`);
    return {
      ...{ name, share, seed, train, test },
      dimension: test.vectors.length / test.texts.length,
      clusters: names.length,
      labelled: draw?.labelled_rows ?? [],
    };
  }

  private rows(name: DiscoverySet, file: string) {
    return readRows(join(this.folder, `textoir_${name}`, `${file}.tsv`));
  }

  private async embedded(
    name: string,
    rows: readonly { readonly text: string; readonly label: string }[],
    names: readonly string[],
  ): Promise<EmbeddedRows> {
    const numbers = new Map(names.map((label, topic) => [label, topic]));
    const texts = rows.map(({ text }) => text);
    const { vectors } = await this.embeddings.of(`discovery-${name}`, texts, 'mean');
    return { texts, vectors, topics: Int32Array.from(rows, ({ label }) => numbers.get(label)!) };
  }
}
