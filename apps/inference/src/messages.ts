/** Domain objects as messages of inference.proto, and back. */
import { inferenceV1, toVectors } from '@cairn/contracts';
import type { Classified } from './classification.js';
import type { StoredHead } from './heads/head-store.js';
import { defaultParameters } from './heads/head-training.js';
import type { Verdict } from './heads/softmax-head.js';
import type { TrainingParameters } from './heads/train-head.js';
import type { EncoderState, KnownEncoder } from './model-store/known-encoder.js';
import type { Encoded, EncodingOptions } from './pipeline.js';

const { ModelState, Priority, Truncate } = inferenceV1;

const modelStates: Record<EncoderState, inferenceV1.ModelState> = {
  available: ModelState.MODEL_STATE_AVAILABLE,
  loading: ModelState.MODEL_STATE_LOADING,
  ready: ModelState.MODEL_STATE_READY,
  failed: ModelState.MODEL_STATE_FAILED,
};

const truncations: Record<inferenceV1.Truncate, EncodingOptions['truncate']> = {
  [Truncate.TRUNCATE_UNSPECIFIED]: 'end',
  [Truncate.TRUNCATE_END]: 'end',
  [Truncate.TRUNCATE_START]: 'start',
  [Truncate.TRUNCATE_ERROR]: 'error',
};

/** proto3 optional fields come as null or are left out. */
const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

/** @param waits whether to wait for room in a full service (streams) or to be refused at once */
export function toOptions(
  options: inferenceV1.EncodeOptions | undefined,
  waits: boolean,
  signal: AbortSignal,
): EncodingOptions {
  return {
    model: options?.model ?? '',
    layers: options?.layers,
    combination: options?.layerCombination,
    pooling: options?.pooling,
    normalize: given(options?.normalize),
    dimensions: options?.dimensions,
    truncate: truncations[options?.truncate ?? Truncate.TRUNCATE_UNSPECIFIED],
    lane: options?.priority === Priority.PRIORITY_BULK ? 'bulk' : 'interactive',
    waits,
    signal,
  };
}

export function toEmbedResponse(encoded: Encoded): inferenceV1.EmbedResponse {
  const { vectors, provenance, faults, timings } = encoded;
  return {
    vectors: toVectors(vectors, provenance.dimension, provenance),
    items: itemsOf(encoded),
    errors: faults,
    timings,
  };
}

function itemsOf({ tokens, maxTokens }: Encoded): inferenceV1.ItemInfo[] {
  return Array.from(tokens, (count) => ({ tokens: count, truncated: count > maxTokens }));
}

export function toClassifyResponse(
  { head, verdicts, encoded, embeddings }: Classified,
  includeVectors: boolean,
): inferenceV1.ClassifyResponse {
  const threshold = head?.unknown.threshold ?? 0;
  const none = { unknown: false, classes: [], score: 0, detector: '', threshold: 0, nearest: undefined };
  return {
    classifications: verdicts.map((verdict) => (verdict === undefined ? none : toClassification(verdict, threshold))),
    headId: head?.id ?? '',
    vectors:
      includeVectors && embeddings && encoded !== undefined
        ? toVectors(encoded.vectors, encoded.provenance.dimension, encoded.provenance)
        : undefined,
    items: encoded === undefined ? [] : itemsOf(encoded),
    errors: encoded?.faults ?? [],
    timings: encoded?.timings,
  };
}

function toClassification(
  { unknown, classes, score, detector, nearest }: Verdict,
  threshold: number,
): inferenceV1.Classification {
  return {
    ...{ unknown, score, detector: detector ?? '', classes: [...classes] },
    threshold: detector === undefined ? 0 : threshold,
    nearest: nearest && { label: nearest.label, distance: 1 - nearest.cosine, to: nearest.to },
  };
}

export function toModel(known: KnownEncoder, defaultId: string, aliases: readonly string[]): inferenceV1.Model {
  const { id, state, folder, encoder, revision = '', goldenDifference, error = '' } = known;
  const { dimension = 0, maxTokens = 0, layers = 0, fileBytes = 0, task = '', classes = [] } = folder ?? {};
  const pooling = folder?.pooling ?? '';
  return {
    id,
    revision: encoder?.revision ?? revision,
    state: modelStates[state],
    isDefault: id === defaultId,
    dimension,
    maxTokens,
    layers,
    pooling,
    device: encoder?.device.name ?? '',
    fileBytes,
    goldenDifference,
    error,
    provenance:
      folder === undefined || revision === '' || task === 'classification'
        ? undefined
        : {
            encoderId: id,
            revision: encoder?.revision ?? revision,
            layer: -1,
            pooling,
            normalized: true,
            dimension,
          },
    aliases: [...aliases],
    deviceReason: encoder?.device.reason ?? '',
    precision: folder?.precision ?? '',
    memoryBytes: encoder?.memoryBytes ?? 0,
    sessions: encoder?.layout.sessions ?? 0,
    threads: encoder?.layout.threads ?? 0,
    sessionsReason: encoder?.layout.reason ?? '',
    task,
    classes: [...classes],
    problemType: folder?.problemType ?? '',
    graph: encoder?.graph ?? '',
  };
}

export function toParameters(parameters: inferenceV1.TrainHeadParameters | undefined): TrainingParameters {
  return {
    l2: given(parameters?.l2) || undefined,
    classWeights: given(parameters?.classWeights) ?? defaultParameters.classWeights,
    heldOut: given(parameters?.heldOut) || defaultParameters.heldOut,
    maxIterations: given(parameters?.maxIterations) || defaultParameters.maxIterations,
    seed: given(parameters?.seed) ?? defaultParameters.seed,
  };
}

export function toHead(stored: StoredHead, inUse: boolean): inferenceV1.Head {
  const { id, head, provenance, figures, unknown, parameters, parentHeadId, createdAtMs, dataHash = '' } = stored;
  return {
    id,
    provenance,
    classes: [...head.classes],
    figures: { ...figures, classes: [...figures.classes] },
    unknown,
    temperature: head.temperature,
    parameters,
    parentHeadId,
    createdAtMs,
    inUse,
    dataHash,
  };
}
