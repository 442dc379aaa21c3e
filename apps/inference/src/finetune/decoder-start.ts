import { tensorValues, type ModelProto, type TrainingGraph } from '@cairn/onnx-graph';
import { sumOfSquares } from './adamw.js';
import type { EncoderFiles } from './embed-with.js';

/**
 * Lets what guesses words begin with logits of about 1: embeddings are of any length, and from large ones it would first
 * have to unlearn being sure.
 */
export function calmDecoder(
  graph: TrainingGraph,
  original: ModelProto,
  { vocabularySize, dimension }: Pick<EncoderFiles, 'vocabularySize' | 'dimension'>,
): void {
  const table = original.graph!.initializer.find(
    ({ dims }) => dims.length === 2 && Number(dims[0]) === vocabularySize && Number(dims[1]) === dimension,
  );
  const gains = graph.parameters.find(({ name }) => name === 'transform.norm.weight')?.values;
  if (table === undefined || gains === undefined) return;
  const values = tensorValues(table) as Float32Array;
  gains.fill(1 / Math.max(1, Math.sqrt(sumOfSquares(values, 0, values.length) / vocabularySize)));
}
