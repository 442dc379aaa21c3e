import { DomainError } from '@cairn/contracts';
import type { ModelFolder } from '../model-store/model-folder.js';
import {
  joinedPoolings,
  layerCombinations,
  partsOf,
  poolings,
  type EncodingSpec,
  type LayerCombination,
  type RequestedSpec,
  type SpecProvenance,
} from './encoding-spec.js';

type EncoderFacts = Pick<ModelFolder, 'id' | 'layers' | 'dimension' | 'pooling'>;

function oneOf<T extends string>(given: string | undefined, known: readonly T[], field: string, otherwise: T): T {
  if (given === undefined || given === '') return otherwise;
  const found = known.find((name) => name === given);
  if (found === undefined)
    throw DomainError.invalid(field, `There is no "${given}" here; use one of ${known.join(', ')}.`);
  return found;
}

/**
 * Fills in what a request leaves open, and checks it against the encoder.
 * @param hiddenStates whether the encoder gives hidden states other than the last
 * @throws INVALID_INPUT naming the option that does not fit
 */
export function resolveSpec(requested: RequestedSpec, encoder: EncoderFacts, hiddenStates: boolean): EncodingSpec {
  const { layers: count, dimension: hidden, id } = encoder;
  const layers = (requested.layers?.length ? requested.layers : [-1]).map((layer) => {
    const index = layer < 0 ? count + 1 + layer : layer;
    if (!Number.isInteger(index) || index < 0 || index > count)
      throw DomainError.invalid(
        'options.layers',
        `There is no layer ${layer}: ${id} has layers 0 (embeddings) to ${count}, or -1 (the last) to ${-count - 1}.`,
      );
    if (index !== count && !hiddenStates)
      throw DomainError.invalid(
        'options.layers',
        `Only the last layer of ${id} can be used: its graph is of a kind whose other layers Cairn does not find.`,
      );
    return index;
  });
  if (new Set(layers).size !== layers.length)
    throw DomainError.invalid('options.layers', 'A layer is named twice; name each once.');
  const combination: LayerCombination = oneOf(
    requested.combination,
    layerCombinations,
    'options.layer_combination',
    'mean',
  );
  const pooling = oneOf<EncodingSpec['pooling']>(
    requested.pooling,
    [...poolings, ...joinedPoolings],
    'options.pooling',
    encoder.pooling,
  );
  const full = hidden * (combination === 'concat' ? layers.length : 1) * partsOf(pooling).length;
  const dimension = requested.dimensions || full;
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > full)
    throw DomainError.invalid(
      'options.dimensions',
      `${dimension} components cannot be kept: the vectors have ${full}. Ask for 1 to ${full}, or leave it out.`,
    );
  return { layers, combination, pooling, normalize: requested.normalize ?? true, dimension };
}

/** What a spec says of where its vectors come from. One way of writing for each: the last layer is -1, others count from 0. */
export function provenanceOf(spec: EncodingSpec, layerCount: number): SpecProvenance {
  const written = spec.layers.map((layer) => (layer === layerCount ? -1 : layer));
  const { pooling, normalize: normalized, dimension } = spec;
  return {
    layer: written[0],
    layers: written.length === 1 ? undefined : `${spec.combination}(${written.join(',')})`,
    pooling,
    normalized,
    dimension,
  };
}
