import type { clusteringV1 } from '@cairn/contracts';
import type { DuplexHandling } from '@cairn/service-kit';
import { linkages } from './hierarchy/link-rows.js';
import { topicTree } from './hierarchy/topic-tree.js';
import { linkVectors, type LinkedVectors, type LinkSettings } from './link-vectors.js';
import { oneOf, readShape, whole } from './parameters.js';
import { prepareVectors } from './prepare-vectors.js';
import { receiveStart } from './receive-vectors.js';
import { pagesOf, withVectors, type VectorCallSettings } from './stream-vectors.js';

/** Merges or rows in one message. */
const perMessage = 8_192;

/** Without a number or a height, the best cut is looked for among these numbers of clusters. */
const searched = { minClusters: 2, maxClusters: 40 };

/** One `Hierarchy` call, from its first message to its last. */
export async function serveHierarchyCall(
  { requests, send, signal, context }: DuplexHandling<clusteringV1.HierarchyRequest, clusteringV1.HierarchyResponse>,
  settings: VectorCallSettings,
): Promise<void> {
  const messages = requests[Symbol.asyncIterator]();
  const start = await receiveStart<clusteringV1.HierarchyStart>(messages);
  const shape = readShape(start, settings.maxBytes);
  const linkSettings: LinkSettings = {
    linkage: oneOf('linkage', start.linkage || 'ward', linkages),
    spherical: start.spherical ?? true,
    seed: whole('seed', start.seed ?? 42, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    maxLeaves: start.maxLeaves,
    clusters: start.nClusters === undefined ? undefined : whole('n_clusters', start.nClusters, 1, shape.count),
    height: start.height,
    ...searched,
  };
  const sendProgress = (stage: string, done: number, total: number) => send({ progress: { stage, done, total } });
  await withVectors(messages, shape, settings, signal, sendProgress, async (values, tell, told) => {
    const began = performance.now();
    const { spherical } = linkSettings;
    const { rows, preparation } = await prepareVectors(values, { ...shape, spherical }, settings.pool, signal);
    const linked = await linkVectors(rows, linkSettings, preparation, settings.pool, tell, signal);
    await told();
    const ms = Math.round(performance.now() - began);
    const { leaves } = linked.dendrogram;
    settings.logger.info({ requestId: context.requestId, count: shape.count, leaves, ms }, 'linked');
    await send({ summary: toSummary(linked, linkSettings) });
    for (const merges of toMerges(linked)) await send({ merges });
    for (const labels of toLabels(linked)) await send({ labels });
  });
}

function toSummary(
  { dendrogram, cut, leafOf }: LinkedVectors,
  { linkage, spherical }: LinkSettings,
): clusteringV1.HierarchySummary {
  return {
    linkage,
    spherical,
    leaves: dendrogram.leaves,
    leavesAreCentroids: leafOf !== undefined,
    nClusters: cut.clusters,
    height: cut.height,
    sizes: [...cut.sizes],
    tree: topicTree(dendrogram, cut).map((node, index) => ({ index, ...node })),
  };
}

function* toMerges({ dendrogram }: LinkedVectors): Generator<clusteringV1.Merges> {
  const { first, second, heights, sizes } = dendrogram;
  for (const { offset, end } of pagesOf(heights.length, perMessage))
    yield {
      offset,
      first: [...first.subarray(offset, end)],
      second: [...second.subarray(offset, end)],
      heights: [...heights.subarray(offset, end)],
      sizes: [...sizes.subarray(offset, end)],
    };
}

function* toLabels({ labels, leafOf }: LinkedVectors): Generator<clusteringV1.HierarchyLabels> {
  for (const { offset, end } of pagesOf(labels.length, perMessage))
    yield {
      offset,
      labels: [...labels.subarray(offset, end)],
      leaves: leafOf === undefined ? [] : [...leafOf.subarray(offset, end)],
    };
}
