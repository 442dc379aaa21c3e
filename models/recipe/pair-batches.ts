import type { Random } from '@cairn/numerics';
import { collate } from '../../apps/inference/src/batching/collate.js';
import type { TrainingBatch } from '../../apps/inference/src/finetune/objectives.js';
import type { SourceRange, TrainingTexts } from './prepare.js';
import type { SimilarPairs } from './similar-pairs.js';

export interface PairBatchSettings {
  /** Pairs of a batch, and of each block of it that comes from one source: its texts are the harder negatives. */
  readonly pairs: number;
  readonly block: number;
  /** One of these lengths is drawn for each batch; longer texts are cut, special tokens not counted. */
  readonly maxTokens: readonly number[];
  /** Probability that a token is left out. */
  readonly erase: number;
  /** Share of the blocks that are groups of paraphrases. */
  readonly paraphrases: number;
  /** Share of the other blocks whose pairs come from one cluster instead of one source; needs SimilarPairs. */
  readonly similar: number;
  /**
   * Share of the pairs that are one text twice, told apart by what dropout and erasure leave of it (SimCSE; Gao et al.
   * 2021, arXiv:2104.08821); default: 0.
   */
  readonly dropoutViews?: number;
}

export const special = { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 } as const;

/** Everyday language and questions count for more than reference manuals. */
const weights: Readonly<Record<string, number>> = {
  ...{ 'p:docs_questions': 2, 'p:taskmaster': 2, 'p:chatterbot': 1.5, 'p:medquad': 0.7, 'p:arxiv_abstracts': 0.7 },
  ...{
    'p:wordnet': 0.9,
    'c:reworded': 2,
    'p:tldr': 1,
    'n:openstax': 1.5,
    'n:arxiv_abstracts': 0.5,
    'n:acl_abstracts': 0.5,
  },
  ...{ 'p:ms_dynamics_bc': 1, 'n:ms_dynamics_bc': 1, 'p:covid_faq_more': 2, 'q:openstax': 1.5, 'q:taskmaster': 2 },
};

function weightOf({ name, from, to }: SourceRange): number {
  const [kind, origin] = name.split(':');
  const weight = weights[name] ?? (origin.startsWith('ms_') ? 0.4 : 0.8);
  return (to - from) ** 0.75 * weight * (kind === 'h' ? 0.6 : 1);
}

/**
 * How readily a pair of a source is drawn: large sources less than in proportion.
 * @param pairs of the source
 */
export function rateOf(name: string, pairs: number): number {
  return pairs > 0 ? weightOf({ name, from: 0, to: pairs }) / pairs : 0;
}

/**
 * Batches for InfoNCE (van den Oord et al. 2018, arXiv:1807.03748) in both directions: every text is to be nearest to the
 * one it belongs to, of all texts of the batch. Texts that read the same, or belong to one group, are no negatives.
 */
export class PairBatches {
  private readonly sourceWeights: Float64Array;
  private readonly sourceOf: Uint16Array;
  /** How readily a pair of a source is taken from a cluster. */
  private readonly acceptance: Float64Array;

  constructor(
    private readonly texts: TrainingTexts,
    private readonly settings: PairBatchSettings,
    private readonly similar?: SimilarPairs,
  ) {
    this.sourceWeights = Float64Array.from(texts.sources, weightOf);
    this.sourceOf = new Uint16Array(texts.sources.at(-1)!.to);
    texts.sources.forEach(({ from, to }, source) => this.sourceOf.fill(source, from, to));
    const rates = texts.sources.map(({ from, to }, source) => this.sourceWeights[source] / (to - from));
    const most = Math.max(...rates);
    this.acceptance = Float64Array.from(rates, (rate) => Math.min(1, (8 * rate) / most));
  }

  /** @param random all that is drawn */
  batch(random: Random): TrainingBatch {
    const { pairs, block, maxTokens } = this.settings;
    const drawn = {
      anchors: [] as number[],
      positives: [] as number[],
      negatives: [] as number[],
      groups: [] as number[],
    };
    while (drawn.anchors.length < pairs) {
      const count = Math.min(block, pairs - drawn.anchors.length);
      if (random.uniform() < this.settings.paraphrases) this.drawGroups(drawn, count, random);
      else this.drawPairs(drawn, count, random);
    }
    const { dropoutViews = 0 } = this.settings;
    // Nothing is drawn for what is not asked for: batches without views stay the same.
    if (dropoutViews > 0)
      drawn.anchors.forEach((anchor, i) => {
        if (random.uniform() < dropoutViews) drawn.positives[i] = anchor;
      });
    const rows = [...drawn.anchors, ...drawn.positives, ...drawn.negatives];
    const most = maxTokens[random.below(maxTokens.length)];
    const { ids, lengths } = this.windows(rows, most, random);
    return {
      padded: collate(ids, lengths, special.pad),
      targets: targetsOf(
        rows.map((row) => this.texts.hashes[row]),
        drawn.groups,
        pairs,
      ),
      labels: undefined,
      dropoutSeed: random.next(),
    };
  }

  private drawPairs(
    drawn: { anchors: number[]; positives: number[]; groups: number[] },
    count: number,
    random: Random,
  ) {
    const source = random.weighted(this.sourceWeights);
    const { from, to } = this.texts.sources[source];
    const first = from + random.below(to - from);
    const isMined = this.similar !== undefined && random.uniform() < this.settings.similar;
    const cluster = isMined ? this.clusterOf(first) : undefined;
    for (let i = 0; i < count; i++) {
      const pair = cluster === undefined ? from + random.below(to - from) : this.drawFrom(cluster, random);
      const swapped = random.below(2);
      drawn.anchors.push(2 * pair + swapped);
      drawn.positives.push(2 * pair + 1 - swapped);
      drawn.groups.push(-1);
    }
  }

  /** Pairs whose anchors are like one's. */
  private clusterOf(pair: number): Uint32Array {
    const { pairs, starts } = this.similar!;
    let [low, high] = [0, starts.length - 1];
    const at = this.similar!.places[pair];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= at) low = middle;
      else high = middle;
    }
    return pairs.subarray(starts[low], starts[low + 1]);
  }

  /** A pair of a cluster; sources count as they do among all pairs, by rejection. */
  private drawFrom(cluster: Uint32Array, random: Random): number {
    for (let tries = 0; ; tries++) {
      const pair = cluster[random.below(cluster.length)];
      if (tries === 8 || random.uniform() < this.acceptance[this.sourceOf[pair]]) return pair;
    }
  }

  private drawGroups(
    drawn: { anchors: number[]; positives: number[]; negatives: number[]; groups: number[] },
    count: number,
    random: Random,
  ) {
    const { groups } = this.texts;
    for (let i = 0; i < count; i++) {
      const at = random.below(groups.length);
      const { questions, hardNegatives } = groups[at];
      const first = random.below(questions.length);
      const second = (first + 1 + random.below(questions.length - 1)) % questions.length;
      drawn.anchors.push(questions[first]);
      drawn.positives.push(questions[second]);
      drawn.groups.push(at);
      if (hardNegatives.length > 0) drawn.negatives.push(hardNegatives[random.below(hardNegatives.length)]);
    }
  }

  /** At most so many tokens of each text, mostly the first ones, some of them left out. */
  private windows(rows: readonly number[], most: number, random: Random) {
    const { ids, starts } = this.texts;
    const { erase } = this.settings;
    const joined: number[] = [];
    const lengths = Int32Array.from(rows, (row) => {
      let [from, to] = [starts[row], starts[row + 1]];
      if (to - from > most) {
        if (random.uniform() >= 0.7) from += random.below(to - from - most + 1);
        to = from + most;
      }
      const before = joined.length;
      joined.push(special.cls);
      for (let at = from; at < to; at++) if (to - from <= 3 || random.uniform() >= erase) joined.push(ids[at]);
      joined.push(special.sep);
      return joined.length - before;
    });
    return { ids: Int32Array.from(joined), lengths };
  }
}

/** What is far from every text that it may be compared with. */
const never = -1e4;

function targetsOf(hashes: readonly number[], groups: readonly number[], pairs: number): TrainingBatch['targets'] {
  const rows = hashes.length;
  const targets = new Float32Array(rows * rows);
  const candidates = new Float32Array(rows * rows);
  const share = 1 / (2 * pairs);
  for (let i = 0; i < rows; i++) candidates[i * rows + i] = never;
  for (let i = 0; i < pairs; i++) {
    targets[i * rows + i + pairs] = share;
    targets[(i + pairs) * rows + i] = share;
  }
  const forbid = (same: Map<number, number[]>) => {
    for (const own of same.values())
      for (const i of own) for (const j of own) if (targets[i * rows + j] === 0) candidates[i * rows + j] = never;
  };
  const byHash = new Map<number, number[]>();
  const byGroup = new Map<number, number[]>();
  const add = (to: Map<number, number[]>, key: number, row: number) => {
    const found = to.get(key);
    if (found === undefined) to.set(key, [row]);
    else found.push(row);
  };
  hashes.forEach((hash, row) => add(byHash, hash, row));
  groups.forEach((group, i) => {
    if (group < 0) return;
    add(byGroup, group, i);
    add(byGroup, group, i + pairs);
  });
  forbid(byHash);
  forbid(byGroup);
  const dims = [rows, rows];
  return { targets: { values: targets, dims }, candidates: { values: candidates, dims } };
}
