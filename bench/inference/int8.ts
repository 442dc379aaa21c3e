import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createInferenceClient } from '@cairn/contracts';
import { repository } from '../../test/support/stack.js';
import { Child } from './child.js';
import { bundledParent, type BenchEncoder } from './encoders.js';
import type { GrpcLoadFunctions } from './grpc-load.js';
import { InferenceProgram } from './inference-program.js';
import { probeAccuracy } from './probe.js';
import { median, textsPerSecond } from './rate.js';
import { withAll, type Setting } from './setting.js';
import { readRows } from './text-sets.js';

/** The last line that the program of the quality gate prints. */
interface Quantized {
  readonly id: string;
  readonly folder: string;
  /** Whether the gate let it into the store. */
  readonly published: boolean;
  /** Why, or why not. */
  readonly reason: string;
}

const program = join(repository, 'dist/apps/inference/src/quantization/quantize.main.js');

/** Makes the int8 variant as a user does: through the gate, into the store. */
async function quantize(encoder: BenchEncoder, store: string, examples: string): Promise<Quantized> {
  if (!existsSync(program)) throw new Error(`There is no ${program}: nothing makes an int8 variant.`);
  const output = `${encoder.id}-int8`;
  const args = ['--model', encoder.folder, '--output', output, '--store', store];
  const more = ['--bundled', bundledParent(encoder), '--examples', examples, '--json'];
  const run = promisify(execFile)(process.execPath, [program, ...args, ...more], { maxBuffer: 2 ** 26 });
  const { stdout } = await run.catch((error: Error & { stdout: string }) => {
    // A variant that did not pass ends the program with a code, after the figures.
    if (error.stdout?.trimEnd().endsWith('}')) return error;
    throw error;
  });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Quantized;
}

/** Cosine of the rows of two matrices `[rows, dimension]` of unit vectors. */
function cosines(a: Float32Array, b: Float32Array, rows: number): Float64Array {
  const dimension = a.length / rows;
  return Float64Array.from({ length: rows }, (_, row) => {
    let dot = 0;
    for (let i = row * dimension; i < (row + 1) * dimension; i++) dot += a[i] * b[i];
    return dot;
  });
}

/** The int8 variant beside float32, both in one running engine, asked in turns. */
export async function int8(setting: Setting): Promise<void> {
  const { encoder, store, texts, report, options } = setting;
  const title = `int8, ${encoder.name}`;
  const trainFile = join(options.folder, 'banking77/train.tsv');
  const train = readRows(trainFile);
  const test = readRows(join(options.folder, 'banking77/test.tsv'));
  const variant = await quantize(encoder, store, trainFile);
  setting.note(`${title}: quality gate: ${variant.reason}`);
  await withAll(async (keep) => {
    const engine = keep(await InferenceProgram.start(encoder, store));
    const load = keep(Child.start<GrpcLoadFunctions>('grpc-load'));
    await load.call('connect', engine.address);
    const client = createInferenceClient(engine.address);
    keep({ stop: async () => client.close() });
    const models = {
      float32: encoder.id,
      int8: (
        await client.loadModel({ source: variant.published ? variant.id : variant.folder }, { deadlineMs: 300_000 })
      ).id,
    };

    for (const set of ['short', 'mix'] as const) {
      const rounds: { float32: number; int8: number }[] = [];
      const passes = new Map<string, number>();
      const rate = async (model: string) => {
        if (!passes.has(model)) {
          const alone = textsPerSecond(await load.call('stream', texts[set], 1, { model }));
          passes.set(model, Math.max(1, Math.round((options.seconds * alone) / texts[set].length)));
        }
        return textsPerSecond(await load.call('stream', texts[set], passes.get(model)!, { model }));
      };
      for (let round = 0; round < options.rounds; round++)
        rounds.push({ float32: await rate(models.float32), int8: await rate(models.int8) });
      report.add(`${title}, ${set}: float32`, median(rounds.map(({ float32 }) => float32)), 'texts/s');
      report.add(`${title}, ${set}: int8`, median(rounds.map((each) => each.int8)), 'texts/s');
      const ratio = median(rounds.map((each) => each.int8 / each.float32));
      report.add(`${title}, ${set}: int8 / float32`, ratio, 'times', { target: 1.8 });
    }

    const all = [...train, ...test];
    const count = options.quick ? train.length + 500 : all.length;
    const given = all.slice(0, count).map(({ text }) => text);
    const vectors = {
      float32: await load.call('embed', given, { model: models.float32 }),
      int8: await load.call('embed', given, { model: models.int8 }),
    };
    const cosine = cosines(vectors.float32, vectors.int8, count);
    report.add(`${title}: cosine to float32, mean`, cosine.reduce((sum, one) => sum + one, 0) / count, '', {
      target: 0.99,
    });
    report.add(`${title}: cosine to float32, least`, Math.min(...cosine), '');
    const tested = all.slice(train.length, count);
    const accuracy = {
      float32: await probeAccuracy(client, models.float32, train, tested, vectors.float32),
      int8: await probeAccuracy(client, models.int8, train, tested, vectors.int8),
    };
    report.add(`${title}: probe on BANKING77, float32`, accuracy.float32, 'share');
    report.add(`${title}: probe on BANKING77, int8`, accuracy.int8, 'share');
    const lost = 100 * (accuracy.float32 - accuracy.int8);
    report.add(`${title}: accuracy lost`, lost, 'points', { target: 0.5, lower: true });
  });
}
