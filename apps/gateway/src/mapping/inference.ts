import { fromVectors, inferenceV1, type vectorsV1 } from '@cairn/contracts';
import {
  Pooling,
  type ClassifyResult,
  type EmbedResult,
  type Embedding,
  type Provenance,
  type TextClassification,
} from '../schema/encoding.js';
import { ModelState, type Model } from '../schema/model.js';
import { enumTable, given, textOrAbsent } from './values.js';

export const modelState = enumTable<ModelState, inferenceV1.ModelState>({
  [ModelState.AVAILABLE]: inferenceV1.ModelState.MODEL_STATE_AVAILABLE,
  [ModelState.LOADING]: inferenceV1.ModelState.MODEL_STATE_LOADING,
  [ModelState.READY]: inferenceV1.ModelState.MODEL_STATE_READY,
  [ModelState.FAILED]: inferenceV1.ModelState.MODEL_STATE_FAILED,
});

/** In protobuf the pooling is a word. */
export const pooling = enumTable<Pooling, string>({ [Pooling.MEAN]: 'mean', [Pooling.CLS]: 'cls' });

const toProvenance = (from: vectorsV1.Provenance): Provenance => ({
  ...from,
  pooling: pooling.fromProto(from.pooling),
});

export const toModel = (model: inferenceV1.Model): Model => ({
  id: model.id,
  revision: model.revision,
  state: modelState.fromProto(model.state),
  isDefault: model.isDefault,
  dimension: model.dimension,
  maxTokens: model.maxTokens,
  layers: model.layers,
  device: model.device,
  fileBytes: model.fileBytes,
  goldenDifference: given(model.goldenDifference),
  error: textOrAbsent(model.error),
  provenance: model.provenance == null ? undefined : toProvenance(model.provenance),
});

const errorsByIndex = (errors: inferenceV1.ItemError[]) =>
  new Map(errors.map(({ index, code, message }) => [index, { code, message }]));

/** @returns one embedding per text; `vector` is a view `[dimension]` into the answer's bytes */
export function toEmbedResult(response: inferenceV1.EmbedResponse): EmbedResult {
  const errors = errorsByIndex(response.errors);
  const { vectors } = response;
  const values = vectors == null ? new Float32Array(0) : fromVectors(vectors);
  const dimension = vectors?.dimension ?? 0;
  const embeddings = response.items.map((item, index): Embedding => {
    const error = errors.get(index);
    const vector = error ? undefined : values.subarray(index * dimension, (index + 1) * dimension);
    return { tokens: item.tokens, truncated: item.truncated, error, vector };
  });
  return { embeddings, provenance: vectors?.provenance == null ? undefined : toProvenance(vectors.provenance) };
}

export function toClassifyResult(response: inferenceV1.ClassifyResponse): ClassifyResult {
  const errors = errorsByIndex(response.errors);
  const classifications = response.items.map((item, index): TextClassification => {
    const { tokens, truncated } = item;
    const error = errors.get(index);
    if (error !== undefined) return { tokens, truncated, error, candidates: [] };
    const { unknown, classes } = response.classifications[index];
    const candidates = classes.map(({ label, probability }) => ({ topicId: label, probability }));
    const best = candidates.at(0);
    return { tokens, truncated, unknown, topicId: best?.topicId, confidence: best?.probability, candidates };
  });
  return { classifications, headId: response.headId };
}
