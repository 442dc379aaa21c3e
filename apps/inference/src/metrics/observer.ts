import type { Lane } from '../batching/lanes.js';

/** Where the time of one request went. */
export interface RequestFigures {
  readonly model: string;
  readonly lane: Lane;
  readonly texts: number;
  readonly tokens: number;
  readonly tokenizationMs: number;
  readonly queueMs: number;
  readonly inferenceMs: number;
}

/** One batch that an encoder session has done. */
export interface BatchFigures {
  readonly model: string;
  readonly lane: Lane;
  readonly texts: number;
  /** Tokens of the texts. */
  readonly tokens: number;
  /** Longest text x texts: what the session computed. */
  readonly paddedTokens: number;
  readonly ms: number;
}

/** Told of what the engine does. Calls are on the hot path: they count and return. */
export interface EngineObserver {
  request(figures: RequestFigures): void;
  batch(figures: BatchFigures): void;
  /** Texts refused before any work, for example with "OVERLOADED". */
  rejected(code: string, lane: Lane, texts: number): void;
  /** Texts dropped from the queue because nobody waits for them any more. */
  dropped(model: string, texts: number): void;
  /** A session's thread died and was started again. */
  crashed(model: string): void;
  /** A device failed at run time and the model went on elsewhere. */
  fellBack(model: string, from: string, to: string, reason: string): void;
}

/** For an engine that nobody watches. */
export const silentObserver: EngineObserver = {
  request: () => undefined,
  batch: () => undefined,
  rejected: () => undefined,
  dropped: () => undefined,
  crashed: () => undefined,
  fellBack: () => undefined,
};
