import { cpSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findEncoder } from '../../inference/encoders.js';
import { InferenceProgram } from '../../inference/inference-program.js';
import { Embeddings } from '../../learning/embeddings.js';

export interface StartedEmbeddings {
  readonly embeddings: Embeddings;
  /** The encoder in words: its name and the beginning of its revision. */
  readonly encoder: string;
  /** Its folder. */
  readonly folder: string;
  stop(): Promise<void>;
}

/**
 * The inference service with one encoder, as users have it, and the vectors of texts from it.
 * @param folder of the encoder, in the Hugging Face layout; absent: the bundled one
 * @param cache where vectors are kept, by revision and texts
 */
export async function startEmbeddings(
  folder: string | undefined,
  scratch: string,
  cache: string,
): Promise<StartedEmbeddings> {
  let encoder = findEncoder('bundled', scratch);
  if (folder !== undefined) {
    // Alone in a folder of its own: the service looks at all the folders beside it.
    const copy = join(scratch, 'encoders', basename(resolve(folder)));
    cpSync(resolve(folder), copy, { recursive: true, dereference: true });
    encoder = { ...encoder, id: basename(copy), folder: copy };
  }
  const store = join(scratch, 'store');
  mkdirSync(store, { recursive: true });
  const program = await InferenceProgram.start(encoder, store);
  const { revision } = await program.model(encoder.id);
  const embeddings = new Embeddings(program, cache, revision);
  return {
    embeddings,
    encoder: `${encoder.id}, revision ${revision.slice(0, 12)}`,
    folder: encoder.folder,
    stop: async () => {
      embeddings.close();
      await program.stop();
    },
  };
}
