import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DomainError } from '@cairn/contracts';
import { z } from 'zod';
import { poolings, type Pooling } from '../encoder/pooling.js';

/** An encoder on disk, in the Hugging Face layout, as far as its small files tell. */
export interface ModelFolder {
  /** Name of the folder. */
  readonly id: string;
  readonly path: string;
  readonly onnxFile: string;
  readonly tokenizerFile: string;
  readonly tokenizerConfigFile: string | undefined;
  /** Present if the encoder comes with vectors it must reproduce. */
  readonly goldenFile: string | undefined;
  readonly dimension: number;
  readonly layers: number;
  readonly maxTokens: number;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly pooling: Pooling;
  /** Size of the ONNX file, external data included. */
  readonly fileBytes: number;
}

const config = z.object({
  model_type: z.string().default('bert'),
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  max_position_embeddings: z.int().positive(),
  vocab_size: z.int().positive(),
  pad_token_id: z.int().nonnegative().nullish(),
});
const tokenizerConfig = z.object({ model_max_length: z.number().positive().optional() });
/** sentence-transformers' way to say how an encoder is pooled. */
const poolingConfig = z.object({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
});
const goldenPooling = z.object({ pooling: z.string() });

/** Position ids of these start behind the padding id: two of their positions cannot be used. */
const offsetPositions = new Set(['roberta', 'xlm-roberta', 'camembert', 'mpnet']);

/** Files whose content makes an encoder what it is, relative to its folder, in the order they are hashed. */
export const modelFiles = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/model.onnx',
  'onnx/model.onnx_data',
];

async function readJson<S extends z.ZodType>(file: string, schema: S): Promise<z.infer<S>> {
  const content = await readFile(file, 'utf8');
  try {
    return schema.parse(JSON.parse(content));
  } catch (error) {
    const what =
      error instanceof z.ZodError
        ? error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
        : (error as Error).message;
    throw DomainError.invalid('source', `${file} cannot be used: ${what}.`);
  }
}

/**
 * Reads an encoder's folder. The ONNX file and the tokenizer are only looked for: threads load them.
 * @throws INVALID_INPUT for field "source", naming the file that is missing or wrong
 */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const file = (name: string) => join(path, name);
  const present = (name: string) => (existsSync(file(name)) ? file(name) : undefined);
  for (const name of ['config.json', 'tokenizer.json', 'onnx/model.onnx'])
    if (present(name) === undefined)
      throw DomainError.invalid(
        'source',
        `${path} has no ${name}. An encoder is a folder in the Hugging Face layout: config.json, tokenizer.json, onnx/model.onnx.`,
      );
  const { model_type, hidden_size, num_hidden_layers, max_position_embeddings, vocab_size, pad_token_id } =
    await readJson(file('config.json'), config);
  const tokenizerConfigFile = present('tokenizer_config.json');
  const limit =
    tokenizerConfigFile === undefined
      ? undefined
      : (await readJson(tokenizerConfigFile, tokenizerConfig)).model_max_length;
  const positions = max_position_embeddings - (offsetPositions.has(model_type) ? 2 : 0);
  const sizes = await Promise.all(
    ['onnx/model.onnx', 'onnx/model.onnx_data'].flatMap((name) => present(name) ?? []).map((name) => stat(name)),
  );
  return {
    id: basename(path),
    path,
    onnxFile: file('onnx/model.onnx'),
    tokenizerFile: file('tokenizer.json'),
    tokenizerConfigFile,
    goldenFile: present('golden.json'),
    dimension: hidden_size,
    layers: num_hidden_layers,
    maxTokens: Math.min(positions, limit ?? positions),
    vocabularySize: vocab_size,
    padId: pad_token_id ?? 0,
    pooling: await defaultPooling(present('1_Pooling/config.json'), present('golden.json')),
    fileBytes: sizes.reduce((total, { size }) => total + size, 0),
  };
}

async function defaultPooling(poolingFile: string | undefined, goldenFile: string | undefined): Promise<Pooling> {
  if (poolingFile !== undefined) {
    const { pooling_mode_cls_token, pooling_mode_mean_tokens } = await readJson(poolingFile, poolingConfig);
    if (pooling_mode_cls_token) return 'cls';
    if (pooling_mode_mean_tokens) return 'mean';
    throw DomainError.invalid('source', `${poolingFile} asks for a pooling that Cairn does not have: mean or cls.`);
  }
  if (goldenFile === undefined) return 'mean';
  const { pooling } = await readJson(goldenFile, goldenPooling);
  return poolings.find((known) => pooling.startsWith(known)) ?? 'mean';
}
