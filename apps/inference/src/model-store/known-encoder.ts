import type { DeviceChoice } from '../encoder/devices.js';
import type { Encoder } from '../encoder/encoder.js';
import type { Booking } from './memory-budget.js';
import type { ModelFolder } from './model-folder.js';

export type EncoderState = 'available' | 'loading' | 'ready' | 'failed';

/** An encoder in the store or from elsewhere, loaded or not. */
export interface KnownEncoder {
  readonly id: string;
  readonly path: string;
  readonly state: EncoderState;
  /** Absent if its small files cannot be read. */
  readonly folder?: ModelFolder;
  readonly revision?: string;
  /** Present when ready. */
  readonly encoder?: Encoder;
  /** Present when ready and it came with golden vectors. */
  readonly goldenDifference?: number;
  /** Why it failed; of a ready one, why what was to take its place was refused. */
  readonly error?: string;
}

/** One that is ready, and what it takes. */
export interface LoadedEncoder extends KnownEncoder {
  readonly folder: ModelFolder;
  readonly revision: string;
  readonly encoder: Encoder;
  readonly booking: Booking;
  /** What was asked for. */
  readonly device: DeviceChoice;
}

export function isLoaded(known: KnownEncoder | undefined): known is LoadedEncoder {
  return known?.encoder !== undefined;
}
