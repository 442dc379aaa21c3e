import type { vectorsV1 } from '@cairn/contracts';

/** How the vectors of a text's tokens become one. All but `cls` look at the tokens that are not padding. */
export const poolings = ['mean', 'cls', 'max', 'last'] as const;
export type Pooling = (typeof poolings)[number];

/**
 * Several poolings of a text, end to end; each counts the same where vectors are normalised. For heads, which find in
 * the largest values what the mean has lost; compare and cluster texts by their mean.
 */
export const joinedPoolings = ['mean+max', 'mean+cls+max'] as const;
export type JoinedPooling = (typeof joinedPoolings)[number];

/** The single poolings that one is made of. */
export const partsOf = (pooling: Pooling | JoinedPooling): Pooling[] => pooling.split('+') as Pooling[];

/** How several hidden layers become one, token by token. */
export const layerCombinations = ['mean', 'concat'] as const;
export type LayerCombination = (typeof layerCombinations)[number];

/** What is wanted of a forward pass, with everything filled in; checked against the encoder by `resolveSpec`. */
export interface EncodingSpec {
  /** Hidden states to pool from: 0 is the embeddings, n the last of n layers. At least one. */
  readonly layers: readonly number[];
  readonly combination: LayerCombination;
  readonly pooling: Pooling | JoinedPooling;
  readonly normalize: boolean;
  /** Components kept: the first ones, cut before scaling. */
  readonly dimension: number;
}

/** A spec as a request gives it: absent parts take the encoder's own. */
export interface RequestedSpec {
  /** 0..n, or negative from the end; empty: the last. */
  readonly layers?: readonly number[];
  readonly combination?: string;
  readonly pooling?: string;
  readonly normalize?: boolean;
  /** 0: all. */
  readonly dimensions?: number;
}

/** The part of a provenance that a spec decides. */
export type SpecProvenance = Pick<vectorsV1.Provenance, 'layer' | 'layers' | 'pooling' | 'normalized' | 'dimension'>;
