import { alikeTargets, classTargets } from '@cairn/onnx-graph';
import { collate } from '../batching/collate.js';
import { eraseTokens, joinTokens, startsOf, takeTokens, type TokenRows, type Vocabulary } from './augmentation.js';
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
      const others = indices.map((index) => pseudo.partner(index, random));
      const pair = joinTokens(takeTokens(texts, starts, indices), takeTokens(texts, starts, others));
      const rows = erase > 0 ? eraseTokens(pair, erase, vocabulary, random) : pair;
      const both = Int32Array.of(...indices, ...others);
      return {
        padded: collate(rows.ids, rows.lengths, padId),
        targets: {
          ...headTargets(
            both.map((index) => trusted[index]),
            clusters,
            labelSmoothing,
          ),
          ...contrastTargets(both.length, (i, j) => pseudo.areAlike(both[i], both[j])),
        },
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
          const targets = { ...headTargets(unknown, clusters, 0), ...contrastTargets(indices.length, () => false) };
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
 * What the head is to say of each text; nothing where there is no label.
 * @param labels `[count]`
 */
function headTargets(labels: Int32Array, clusters: number, smoothing: number) {
  const labelled = labels.filter((label) => label !== noLabel);
  const given = classTargets(labelled, clusters, { smoothing });
  const values = new Float32Array(labels.length * clusters);
  let at = 0;
  labels.forEach((label, i) => {
    if (label !== noLabel) values.set(given.subarray(at * clusters, ++at * clusters), i * clusters);
  });
  return { targets: { values, dims: [labels.length, clusters] } };
}

/** Which texts of a batch are to be near each other. */
function contrastTargets(count: number, areAlike: (i: number, j: number) => boolean) {
  const { targets, candidates } = alikeTargets(count, areAlike);
  const dims = [count, count];
  return { contrast: { values: targets, dims }, candidates: { values: candidates, dims } };
}
