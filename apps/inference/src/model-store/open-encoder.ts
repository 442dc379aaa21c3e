import { Encoder, type EncoderResources } from '../encoder/encoder.js';
import { checkUnchanged } from './content-hash.js';
import { checkGoldenVectors } from './golden-vectors.js';
import type { ModelFolder } from './model-folder.js';

/** An encoder that may serve. */
export interface OpenedEncoder {
  readonly encoder: Encoder;
  /** Largest difference from its golden vectors; absent if it has none. */
  readonly goldenDifference: number | undefined;
}

/**
 * Loads an encoder and lets it reproduce its golden vectors. What is refused leaves nothing behind.
 * @param check what else it has to pass before it may serve; throws if it does not
 * @throws INVALID_INPUT for field "source" if its files cannot be used, CONFLICT if they change while they are read
 */
export async function openEncoder(
  folder: ModelFolder,
  revision: string,
  resources: EncoderResources,
  check: (encoder: Encoder) => void,
): Promise<OpenedEncoder> {
  const encoder = await Encoder.load(folder, revision, resources);
  try {
    check(encoder);
    const { goldenFile } = folder;
    const goldenDifference = goldenFile === undefined ? undefined : await checkGoldenVectors(encoder, goldenFile);
    await checkUnchanged(folder.path, revision);
    return { encoder, goldenDifference };
  } catch (error) {
    await encoder.close();
    throw error;
  }
}
