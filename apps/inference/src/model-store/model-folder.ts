import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DomainError } from '@cairn/contracts';
import type { Pooling } from '../encoder/encoding-spec.js';
import { defaultPooling } from './default-pooling.js';
import { readModelConfig, type ModelConfig } from './model-config.js';
import { modelFiles, onnxName } from './model-files.js';
import { readJsonFile } from './json-file.js';
import { readOnnxWeights, type WeightPrecision } from './onnx-weights.js';
import { z } from 'zod';

/** A model on disk, in the Hugging Face layout, as far as its small files tell. */
export interface ModelFolder extends Omit<ModelConfig, 'positions'> {
  /** Name of the folder. */
  readonly id: string;
  readonly path: string;
  /** May be absent where a model server has the weights. */
  readonly onnxFile: string;
  readonly tokenizerFile: string;
  readonly tokenizerConfigFile: string | undefined;
  /** Present if the encoder comes with vectors it must reproduce. */
  readonly goldenFile: string | undefined;
  readonly maxTokens: number;
  /** How it wants to be pooled. */
  readonly pooling: Pooling;
  /** How the ONNX file stores the matrices; undefined without one. */
  readonly precision: WeightPrecision | undefined;
  /** Size of the ONNX file and the data beside it. */
  readonly fileBytes: number;
}

const tokenizerConfig = z.object({ model_max_length: z.number().positive().nullish() });

export interface ReadingOptions {
  /** Whether onnx/model.onnx has to be there: not where a model server runs the forward passes. */
  readonly weights: 'required' | 'optional';
}

/**
 * Reads a model's folder. The ONNX file and the tokenizer are only looked at: threads load them. Of the ONNX files that
 * an export may hold (model_quantized.onnx, model_fp16.onnx), onnx/model.onnx is the one that is served; another one
 * gets a folder of its own, and so an id and a revision.
 * @throws INVALID_INPUT for field "source", naming the file that is missing or wrong
 */
export async function readModelFolder(
  path: string,
  { weights }: ReadingOptions = { weights: 'required' },
): Promise<ModelFolder> {
  const file = (name: string) => join(path, name);
  const present = (name: string) => (existsSync(file(name)) ? file(name) : undefined);
  const required = ['config.json', 'tokenizer.json', ...(weights === 'required' ? [onnxName] : [])];
  for (const name of required)
    if (present(name) === undefined)
      throw DomainError.invalid(
        'source',
        `${path} has no ${name}. An encoder is a folder in the Hugging Face layout: config.json, tokenizer.json, ${onnxName}.`,
      );
  const { positions, ...config } = await readModelConfig(file('config.json'));
  const tokenizerConfigFile = present('tokenizer_config.json');
  const limit =
    tokenizerConfigFile === undefined
      ? undefined
      : (await readJsonFile(tokenizerConfigFile, tokenizerConfig)).model_max_length;
  const onnxFile = file(onnxName);
  const goldenFile = present('golden.json');
  const files = await modelFiles(path);
  return {
    ...config,
    id: basename(path),
    path,
    onnxFile,
    tokenizerFile: file('tokenizer.json'),
    tokenizerConfigFile,
    goldenFile,
    maxTokens: Math.floor(Math.min(positions, limit ?? positions)),
    pooling: await defaultPooling(present('1_Pooling/config.json'), goldenFile),
    precision: existsSync(onnxFile) ? (await readOnnxWeights(onnxFile)).precision : undefined,
    fileBytes: files.reduce((total, { name, size }) => total + (name.startsWith('onnx/') ? size : 0), 0),
  };
}
