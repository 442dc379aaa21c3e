import { DomainError, inferenceV1, type Draft } from '@cairn/contracts';
import { Pooling } from '../schema/encoding.js';
import { LayerCombination, Priority, Truncation, type EmbedArgs, type TextArgs } from '../schema/encoding-args.js';
import { enumTable, given } from './values.js';

export const truncation = enumTable<Truncation, inferenceV1.Truncate>({
  [Truncation.END]: inferenceV1.Truncate.TRUNCATE_END,
  [Truncation.START]: inferenceV1.Truncate.TRUNCATE_START,
  [Truncation.ERROR]: inferenceV1.Truncate.TRUNCATE_ERROR,
});

export const priority = enumTable<Priority, inferenceV1.Priority>({
  [Priority.INTERACTIVE]: inferenceV1.Priority.PRIORITY_INTERACTIVE,
  [Priority.BULK]: inferenceV1.Priority.PRIORITY_BULK,
});

/** In protobuf these are words: the names of enums would have to be unique in the package. */
export const pooling = enumTable<Pooling, string>({
  [Pooling.MEAN]: 'mean',
  [Pooling.CLS]: 'cls',
  [Pooling.MAX]: 'max',
  [Pooling.LAST]: 'last',
  [Pooling.MEAN_MAX]: 'mean+max',
  [Pooling.MEAN_CLS_MAX]: 'mean+cls+max',
});

const layerCombination = enumTable<LayerCombination, string>({
  [LayerCombination.MEAN]: 'mean',
  [LayerCombination.CONCAT]: 'concat',
});

type Options = Draft<inferenceV1.EncodeOptions>;

/** What every query on texts says of how they are encoded. */
export const textOptions = (args: TextArgs): Options => ({
  model: given(args.model),
  truncate: truncation.toProto(args.truncate),
  priority: priority.toProto(args.priority),
});

/** @throws INVALID_INPUT for dimensions below 1: protobuf's 0 would mean all of them */
export function embedOptions(args: EmbedArgs): Options {
  return {
    ...textOptions(args),
    layers: given(args.layers),
    layerCombination: layerCombination.toProto(args.layerCombination),
    pooling: args.pooling == null ? undefined : pooling.toProto(args.pooling),
    dimensions: checkedDimensions(args.dimensions),
    normalize: args.normalize,
  };
}

/** @throws INVALID_INPUT unless it is 1 or more, or absent */
export function checkedDimensions(dimensions: number | null | undefined): number | undefined {
  if (dimensions == null) return undefined;
  if (!Number.isInteger(dimensions) || dimensions < 1)
    throw DomainError.invalid('dimensions', `"dimensions" must be a whole number, 1 or more; it is ${dimensions}.`);
  return dimensions;
}
