import { row } from '@cairn/numerics';
import { classesToLookAt, nearestOfClasses, recollect, type MemoryDraft } from './example-memory.js';
import { classCentroids, type Examples } from './examples.js';
import { logitsOfExamples } from './fit-linear.js';
import type { LinearClassifier } from './linear-classifier.js';
import type { RegressionEngine } from './regression-engine.js';
import {
  nearestCentroid,
  unknownMethods,
  unknownScore,
  type Evidence,
  type Mix,
  type UnknownMethod,
} from './softmax-head.js';
import type { MethodScores } from './unknown-detector.js';

/** Examples as they came, for centroids, and scaled, for everything linear. */
export interface Material {
  readonly raw: Examples;
  readonly scaled: Examples;
}

/** A head in training: what was learned from some of the examples. */
export interface HeadDraft {
  /** Of scaled vectors. */
  readonly classifier: LinearClassifier;
  /** Of scaled vectors; absent if the head is to keep no examples. */
  readonly memory: MemoryDraft | undefined;
  readonly centroids: Float32Array;
  readonly radii: Float32Array;
}

/** What a draft says of examples it has not seen. */
export interface DraftEvidence {
  readonly labels: Int32Array;
  /** Logits of the linear part. */
  readonly logits: readonly Float64Array[];
  /** `[count, classes]`, cosine to the nearest example of each class; absent without a memory. */
  readonly nearest: Float32Array | undefined;
  /** Classes whose examples each row is compared with; absent without a memory. */
  readonly looked: readonly number[][] | undefined;
  readonly draft: HeadDraft;
  readonly raw: Examples;
}

/** Smallest radius, as a share of the mean one: a class of one example has none of its own. */
const leastRadius = 0.25;

/** Centroids of classes, and the median distance (1 - cosine) of a class's examples to its own. */
export function boundariesOf(examples: Examples): Pick<HeadDraft, 'centroids' | 'radii'> {
  const { vectors, dimension, labels, classCount } = examples;
  const centroids = classCentroids(examples);
  const distances: number[][] = Array.from({ length: classCount }, () => []);
  labels.forEach((label, i) => {
    const { cosine } = nearestCentroid(row(centroids, dimension, label), dimension, row(vectors, dimension, i));
    distances[label].push(1 - cosine);
  });
  const medians = distances.map((own) => own.sort((a, b) => a - b)[Math.floor(own.length / 2)] ?? 0);
  const mean = medians.reduce((sum, median) => sum + median, 0) / classCount;
  const radii = Float32Array.from(medians, (median) => Math.max(median, leastRadius * mean, 1e-6));
  return { centroids, radii };
}

export async function evidenceOf(
  engine: RegressionEngine,
  draft: HeadDraft,
  { raw, scaled }: Material,
): Promise<DraftEvidence> {
  const logits = await logitsOfExamples(engine, draft.classifier, scaled);
  const nearest = draft.memory === undefined ? undefined : await nearestOfClasses(engine, draft.memory, scaled.vectors);
  const { memory } = draft;
  const looked = memory && logits.map((row) => classesToLookAt(row, memory.starts));
  return { labels: raw.labels, logits, nearest, looked, draft, raw };
}

/** Logits of all rows with what the memory adds at a weight. */
export function logitsWith(evidence: DraftEvidence, weight: number): Float64Array[] {
  return evidence.logits.map((logits, i) => recollectionOf(evidence, weight, i)?.logits ?? logits);
}

/** Examples as a draft judges them, before a line is drawn. */
export interface JudgedRows {
  readonly rows: readonly Evidence[];
  readonly radii: Float32Array;
  /** Whether they were compared with single examples. */
  readonly remembered: boolean;
}

/** What is known of all rows, with a memory that counts this much. */
export function judgeRows(evidence: DraftEvidence, weight: number): JudgedRows {
  const { draft, raw, nearest } = evidence;
  const rows = evidence.logits.map((linear, i): Evidence => {
    const recollection = recollectionOf(evidence, weight, i);
    const centroid = nearestCentroid(draft.centroids, raw.dimension, row(raw.vectors, raw.dimension, i));
    return { logits: recollection?.logits ?? linear, centroid, recollection };
  });
  return { rows, radii: draft.radii, remembered: nearest !== undefined };
}

/** Scores of all rows by one method. */
export function scoreRows(
  { rows, radii }: JudgedRows,
  method: UnknownMethod,
  temperature: number,
  mix?: Mix,
): Float64Array {
  return Float64Array.from(rows, (one) => unknownScore({ temperature, radii }, method, one, mix));
}

/** Scores of all rows by every method that can be used. */
export function scoresOf(judged: JudgedRows, temperature: number, mix: Mix): MethodScores {
  const scores: MethodScores = {};
  for (const method of unknownMethods)
    if (judged.remembered || (method !== 'neighbour' && method !== 'combined'))
      scores[method] = scoreRows(judged, method, temperature, mix);
  return scores;
}

function recollectionOf({ nearest, looked, logits, draft }: DraftEvidence, weight: number, i: number) {
  if (nearest === undefined || draft.memory === undefined) return undefined;
  const { starts } = draft.memory;
  return recollect(logits[i], { starts, weight }, (c) => nearest[i * logits[i].length + c], looked?.[i]);
}
