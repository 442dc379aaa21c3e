/** The peer: the feature-extraction pipeline of transformers.js on the same files, in a process of its own. */
import { basename, dirname } from 'node:path';
import { env, pipeline, type FeatureExtractionPipeline } from '@xenova/transformers';
import { serve } from './child.js';
import { measureRate, type Rate } from './rate.js';

export interface TransformersJsFunctions {
  /** Loads an encoder. */
  open(folder: string): Promise<void>;
  /** Encodes batches in the order given, going on where the last measurement ended, until the time is over. */
  measure(texts: readonly string[], batch: number, seconds: number): Promise<Rate>;
  /** `[texts, hidden]`, row-major. */
  embed(texts: readonly string[]): Promise<Float32Array>;
}

let extract: FeatureExtractionPipeline;
let at = 0;

const functions: TransformersJsFunctions = {
  async open(folder) {
    env.allowRemoteModels = false;
    env.localModelPath = dirname(folder);
    extract = await pipeline('feature-extraction', basename(folder), { dtype: 'fp32', device: 'cpu' });
  },
  measure: (texts, batch, seconds) =>
    measureRate(async () => {
      let done = 0;
      for (const end = performance.now() + 1000 * seconds; performance.now() < end; done += batch, at += batch)
        await embed(Array.from({ length: batch }, (_, i) => texts[(at + i) % texts.length]));
      return done;
    }),
  embed: async (texts) => (await embed([...texts])).slice(),
};

async function embed(texts: string[]): Promise<Float32Array> {
  return (await extract(texts, { pooling: 'mean', normalize: true })).data as Float32Array;
}

serve({ ...functions });
