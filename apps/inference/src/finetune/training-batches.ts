import { Random } from '@cairn/numerics';

/** Numbers that keep the random sequences of a training apart. */
export const streams = { order: 1, augmentation: 2, head: 3, heldOut: 4 } as const;

/** How large a batch may be: so many examples, and so many padded tokens, longest x count. */
export interface BatchLimits {
  readonly examples: number;
  /** Infinity: as many as the examples have. */
  readonly tokens: number;
}

/** Batches within which lengths are sorted: enough for little padding, few enough that batches stay random. */
const windowBatches = 50;

/**
 * The batches of an epoch: shuffled, texts of similar length together, in random order. The same seed and epoch give the
 * same batches whatever was trained before, so that a training can go on in the middle of an epoch.
 * @param lengths `[count]`, tokens of each example
 * @returns positions in `lengths`, every one exactly once
 */
export function epochBatches(lengths: Int32Array, limits: BatchLimits, seed: number, epoch: number): Int32Array[] {
  const random = new Random(seed, streams.order, epoch);
  return batchesInOrder(random.shuffle(Int32Array.from(lengths.keys())), lengths, limits, random);
}

/**
 * The same with texts of one class two by two, of similar length and other ones in each epoch: so that a contrastive loss
 * finds for each text another one of its class in the batch. Only of a class with an odd number one is by itself.
 * @param labels `[count]`, class of each example
 */
export function pairedBatches(
  lengths: Int32Array,
  labels: Int32Array,
  limits: BatchLimits,
  seed: number,
  epoch: number,
): Int32Array[] {
  const random = new Random(seed, streams.order, epoch);
  const order = random.shuffle(Int32Array.from(lengths.keys()));
  const classes = new Map<number, number[]>();
  for (const position of order) {
    const own = classes.get(labels[position]);
    if (own === undefined) classes.set(labels[position], [position]);
    else own.push(position);
  }
  const pairs: number[][] = [];
  for (const own of classes.values()) {
    own.sort((a, b) => lengths[a] - lengths[b]);
    // Neighbours by length change with where the first pair begins.
    let at = random.below(2) === 1 && own.length > 2 ? 1 : 0;
    if (at === 1) pairs.push([own[0]]);
    for (; at < own.length; at += 2) pairs.push(own.slice(at, at + 2));
  }
  const longest = Int32Array.from(pairs, (pair) => pair.reduce((most, i) => Math.max(most, lengths[i]), 0));
  const pairLimits = { examples: Math.max(1, limits.examples >> 1), tokens: limits.tokens / 2 };
  const pairOrder = random.shuffle(Int32Array.from(pairs.keys()));
  return batchesInOrder(pairOrder, longest, pairLimits, random).map((batch) =>
    Int32Array.from(Array.from(batch, (pair) => pairs[pair]).flat()),
  );
}

/** Batches of examples that come in random order: within windows those of similar length together. */
function batchesInOrder(order: Int32Array, lengths: Int32Array, limits: BatchLimits, random: Random): Int32Array[] {
  const batches: Int32Array[] = [];
  for (let from = 0; from < order.length;) {
    const to = endOfWindow(order, lengths, from, limits);
    // Sorting is stable: examples of one length stay shuffled.
    const sorted = [...order.subarray(from, to)].sort((a, b) => lengths[a] - lengths[b]);
    for (let first = 0; first < sorted.length;) {
      let end = first + 1;
      while (
        end < sorted.length &&
        end - first < limits.examples &&
        lengths[sorted[end]] * (end + 1 - first) <= limits.tokens
      )
        end++;
      batches.push(Int32Array.from(sorted.slice(first, end)));
      first = end;
    }
    from = to;
  }
  return random.shuffle(batches);
}

function endOfWindow(order: Int32Array, lengths: Int32Array, from: number, { examples, tokens }: BatchLimits): number {
  const mostExamples = windowBatches * examples;
  const mostTokens = windowBatches * tokens;
  let sum = 0;
  let to = from;
  while (to < order.length && to - from < mostExamples && sum < mostTokens) sum += lengths[order[to++]];
  return to;
}

/** Padded tokens of batches: longest x count. */
export function paddedTokens(batches: readonly Int32Array[], lengths: Int32Array): number {
  let tokens = 0;
  for (const batch of batches) {
    let longest = 0;
    for (const index of batch) longest = Math.max(longest, lengths[index]);
    tokens += longest * batch.length;
  }
  return tokens;
}
