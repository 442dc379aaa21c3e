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
  const order = random.shuffle(Int32Array.from(lengths.keys()));
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
