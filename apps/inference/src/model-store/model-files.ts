import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readOnnxWeights } from './onnx-weights.js';

export const onnxName = 'onnx/model.onnx';

/** Files whose content makes an encoder what it is, relative to its folder, in the order they are hashed. */
const named = ['config.json', 'tokenizer.json', 'tokenizer_config.json', onnxName, 'onnx/model.onnx_data'];

export interface ModelFile {
  /** Relative to the model's folder. */
  readonly name: string;
  readonly size: number;
  /** Differs whenever the content may. */
  readonly stamp: string;
}

/**
 * The files that decide an encoder's vectors, as far as they are there, in the order in which its revision hashes them.
 * Data files of the ONNX file that exporters name otherwise follow. How an encoder is pooled by default is not among
 * them: provenance says it of every vector.
 */
export async function modelFiles(folder: string): Promise<ModelFile[]> {
  const dataFiles = await readOnnxWeights(join(folder, onnxName)).then(
    (weights) => weights.dataFiles.map((name) => `onnx/${name}`),
    () => [],
  );
  const names = [...named, ...dataFiles.filter((name) => !named.includes(name))];
  const found = await Promise.all(
    names.map(async (name) => {
      const status = await stat(join(folder, name)).catch(() => undefined);
      if (status === undefined) return [];
      const { size, mtimeMs, ctimeMs, ino } = status;
      return [{ name, size, stamp: `${name} ${ino} ${size} ${mtimeMs} ${ctimeMs}` }];
    }),
  );
  return found.flat();
}
