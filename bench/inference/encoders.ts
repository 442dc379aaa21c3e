import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { repository } from '../../test/support/stack.js';
import type { EncoderName } from './options.js';

/** An encoder that is measured, in the Hugging Face layout. */
export interface BenchEncoder {
  readonly name: EncoderName;
  readonly id: string;
  readonly folder: string;
  /** The ONNX file that users have. */
  readonly onnxFile: string;
  readonly weightBytes: number;
}

/** The folder of folders that an encoder lies in: what BUNDLED_MODELS is set to. */
export const bundledParent = ({ folder }: BenchEncoder): string => dirname(folder);

/**
 * The bundled encoder, or one in the shape of MiniLM (6 layers, hidden 384, vocabulary 30,522) with random weights, which is
 * made on the spot.
 * @param scratch folder for what is made
 */
export function findEncoder(name: EncoderName, scratch: string): BenchEncoder {
  const folder = name === 'bundled' ? join(repository, 'models/cairn-encoder-v2') : makeMiniLm(scratch);
  const onnxFile = join(folder, 'onnx/model.onnx');
  return { name, id: basename(folder), folder, onnxFile, weightBytes: statSync(onnxFile).size };
}

function makeMiniLm(scratch: string): string {
  const folder = join(scratch, 'encoders/minilm-random');
  if (existsSync(folder)) return folder;
  const args = [join(repository, 'scripts/random-encoder.mjs'), '--shape', 'minilm', '--output', folder];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`scripts/random-encoder.mjs failed:\n${stderr}`);
  return folder;
}

/**
 * The graph that the engine itself runs, where it keeps a rewritten one.
 * @param store model store of a running engine
 * @param revision of the encoder, as the engine says it
 */
export function findEngineGraph(store: string, revision: string): string | undefined {
  const isGraph = new RegExp(`${revision}[^/]*/model\\.onnx$`);
  const found = readdirSync(store, { recursive: true, encoding: 'utf8' }).find((name) => isGraph.test(name));
  return found === undefined ? undefined : join(store, found);
}
