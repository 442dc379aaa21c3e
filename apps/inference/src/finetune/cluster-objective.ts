import { classTargets, sameClassTargets } from '@cairn/onnx-graph';
import { collate } from '../batching/collate.js';
import {
  eraseTokens,
  joinTokens,
  partners,
  startsOf,
  takeTokens,
  type TokenRows,
  type Vocabulary,
} from './augmentation.js';
import { noLabel } from './no-label.js';
import type { TrainingBatch } from './objectives.js';
import type { PseudoLabels } from './pseudo-labels.js';
import type { TrainingData } from './trainable-model.js';
import { epochBatches } from './training-batches.js';
import type { TrainingSettings } from './training-settings.js';

/** Texts that are embedded together, as the service batches by default. */
const embedded = { examples: 64, tokens: 1024 };

/**
 * Batches of the objective `clusters`: each text with another one of its cluster, or where its cluster is not trusted with
 * itself, words erased in both; the head is to say the cluster, and texts of a cluster are to be near each other. Clusters
 * are found anew before each epoch.
 * @param pseudo found before the first batch is asked for
 */
export function clusterData(
  texts: TokenRows,
  pseudo: PseudoLabels,
  { erase, labelSmoothing, settled }: TrainingSettings,
  vocabulary: Vocabulary,
  padId: number,
): TrainingData<TrainingBatch> {
  const { trusted, clusters } = pseudo;
  const { lengths } = texts;
  const starts = startsOf(lengths);
  const all = Int32Array.from(lengths.keys());

  return {
    lengths,
    train: all,
    heldOut: new Int32Array(),
    batch: (indices, random) => {
      if (random === undefined) throw new Error('Nothing is held out from clusters.');
      const dropoutSeed = random.next();
      const isTrusted = (index: number) => trusted[index] !== noLabel;
      const others = indices.map((i) =>
        isTrusted(i) ? partners(pseudo.members, trusted, Int32Array.of(i), random)[0] : i,
      );
      const pair = joinTokens(takeTokens(texts, starts, indices), takeTokens(texts, starts, others));
      const rows = erase > 0 ? eraseTokens(pair, erase, vocabulary, random) : pair;
      const own = indices.map((index) => trusted[index]);
      return {
        padded: collate(rows.ids, rows.lengths, padId),
        targets: { ...headTargets(own, clusters, labelSmoothing), ...contrastTargets(own) },
        labels: undefined,
        dropoutSeed,
      };
    },
    moving: {
      settled,
      renew: async (embed) => {
        let vectors: Float32Array | undefined;
        let dimension = 0;
        for (const indices of epochBatches(lengths, embedded, 0, 0)) {
          const rows = takeTokens(texts, starts, indices);
          const unknown = new Int32Array(indices.length).fill(noLabel);
          const targets = { ...headTargets(unknown, clusters, 0, 1), ...contrastTargets(unknown, 1) };
          const padded = collate(rows.ids, rows.lengths, padId);
          const found = await embed({ padded, targets, labels: undefined, dropoutSeed: 0 });
          dimension = found.length / indices.length;
          vectors ??= new Float32Array(lengths.length * dimension);
          for (const [i, index] of indices.entries())
            vectors.set(found.subarray(i * dimension, (i + 1) * dimension), index * dimension);
        }
        return pseudo.find(vectors!, dimension);
      },
      arrays: () => pseudo.arrays(),
      restore: (arrays) => pseudo.restore(arrays),
    },
  };
}

/**
 * Of texts `copies` times one after the other: what the head is to say; nothing where there is no label.
 * @param labels `[count]`
 */
function headTargets(labels: Int32Array, clusters: number, smoothing: number, copies = 2) {
  const labelled = labels.filter((label) => label !== noLabel);
  const given = classTargets(labelled, clusters, { smoothing });
  const values = new Float32Array(copies * labels.length * clusters);
  let at = 0;
  labels.forEach((label, i) => {
    if (label === noLabel) return;
    const own = given.subarray(at * clusters, ++at * clusters).map((share) => share / copies);
    for (let copy = 0; copy < copies; copy++) values.set(own, (copy * labels.length + i) * clusters);
  });
  return { targets: { values, dims: [copies * labels.length, clusters] } };
}

/** The same texts: which are to be near each other; without a label only a text and its copies. */
function contrastTargets(labels: Int32Array, copies = 2) {
  const own = labels.map((label, i) => (label === noLabel ? -1 - i : label));
  const repeated = new Int32Array(copies * own.length);
  for (let copy = 0; copy < copies; copy++) repeated.set(own, copy * own.length);
  const { targets, candidates } = sameClassTargets(repeated);
  const dims = [repeated.length, repeated.length];
  return { contrast: { values: targets, dims }, candidates: { values: candidates, dims } };
}
