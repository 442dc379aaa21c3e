import { inferenceV1 } from '@cairn/contracts';
import { ModelState, ModelTask, ProblemType, type Model } from '../schema/model.js';
import { toProvenance } from './encoding.js';
import { enumTable, given, numberOrAbsent, textOrAbsent } from './values.js';

export const modelState = enumTable<ModelState, inferenceV1.ModelState>({
  [ModelState.AVAILABLE]: inferenceV1.ModelState.MODEL_STATE_AVAILABLE,
  [ModelState.LOADING]: inferenceV1.ModelState.MODEL_STATE_LOADING,
  [ModelState.READY]: inferenceV1.ModelState.MODEL_STATE_READY,
  [ModelState.FAILED]: inferenceV1.ModelState.MODEL_STATE_FAILED,
});

const modelTask = enumTable<ModelTask, string>({
  [ModelTask.EMBEDDING]: 'embedding',
  [ModelTask.CLASSIFICATION]: 'classification',
});

const problemType = enumTable<ProblemType, string>({
  [ProblemType.SINGLE_LABEL]: 'single_label_classification',
  [ProblemType.MULTI_LABEL]: 'multi_label_classification',
});

export const toModel = (model: inferenceV1.Model): Model => ({
  id: model.id,
  aliases: model.aliases,
  revision: model.revision,
  state: modelState.fromProto(model.state),
  isDefault: model.isDefault,
  // A model that cannot be read has no task; what it would be used for is an encoder's work.
  task: model.task === '' ? ModelTask.EMBEDDING : modelTask.fromProto(model.task),
  classes: model.classes,
  problemType: model.problemType === '' ? undefined : problemType.fromProto(model.problemType),
  dimension: model.dimension,
  maxTokens: model.maxTokens,
  layers: model.layers,
  precision: textOrAbsent(model.precision),
  fileBytes: model.fileBytes,
  device: textOrAbsent(model.device),
  deviceReason: textOrAbsent(model.deviceReason),
  sessions: numberOrAbsent(model.sessions),
  threads: numberOrAbsent(model.threads),
  sessionsReason: textOrAbsent(model.sessionsReason),
  memoryBytes: numberOrAbsent(model.memoryBytes),
  graph: textOrAbsent(model.graph),
  goldenDifference: given(model.goldenDifference),
  error: textOrAbsent(model.error),
  provenance: model.provenance == null ? undefined : toProvenance(model.provenance),
});
