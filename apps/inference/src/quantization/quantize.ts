import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DomainError } from '@cairn/contracts';
import { readModelFolder, type ModelFolder } from '../model-store/model-folder.js';
import { idPattern } from '../model-store/model-id.js';
import { revisionOf } from '../model-store/revision.js';
import { Refusal } from '../threads/refusal.js';
import { copyFiles } from './copy-files.js';
import { compareVectors, firstZeroRow } from './compare-vectors.js';
import { embedSideBySide } from './embed-side-by-side.js';
import { checkEnough, drawExamples, readExampleTexts } from './example-texts.js';
import { batchesByLength, openGateEncoder, tokenize } from './gate-encoder.js';
import { formatGoldenFile, makeGoldenFile } from './golden-file.js';
import { writeCard } from './model-card.js';
import { mayOverflow, readProcessor } from './processor.js';
import { probe, splitForProbe } from './probe.js';
import { judge, toldProbe, type GateFigures } from './quality-gate.js';
import type { QuantizeSettings } from './quantize-settings.js';
import { readOnnx, rewriteModel, writeOnnx } from './rewrite-model.js';
import { alreadyThere, StagingFolder } from './staging-folder.js';
import { UsageFault } from './usage-fault.js';

/** What the program tells at its end, as JSON. */
export interface QuantizeReport {
  readonly id: string;
  /** Where the variant is, or would be. */
  readonly folder: string;
  readonly published: boolean;
  readonly precision: string;
  readonly cosine: { readonly mean: number; readonly min: number; readonly texts: number };
  readonly probe: Readonly<Record<string, number>> | null;
  readonly bytes: { readonly before: number; readonly after: number };
  /** Texts per second, one session with all cores. */
  readonly speed: Readonly<Record<string, number>>;
  readonly reason: string;
}

/**
 * Writes a variant of an encoder with fewer bits, measures it beside the original and publishes it if it is as good.
 * @param begun told the folder it works in, for whoever has to clear up after a signal
 * @param progress lines for people
 * @throws UsageFault for input that cannot be used
 */
export async function quantize(
  settings: QuantizeSettings,
  begun: (staging: StagingFolder) => void,
  progress: (line: string) => void,
): Promise<QuantizeReport> {
  const { output, store, precision, skipProbe, maxTexts, seed, force } = settings;
  const source = await findSource(settings);
  if (resolve(source.path) === join(store, output))
    throw new UsageFault('--output', 'is the encoder itself; the variant needs an id of its own.');
  if (settings.bundled !== undefined && existsSync(join(settings.bundled, output)))
    throw new UsageFault(
      '--output',
      `"${output}" is a bundled model, which goes before one of the store: choose another id.`,
    );
  if (!force && existsSync(join(store, output))) throw alreadyThere(output);

  const examples = drawExamples(readExampleTexts(settings.examples, !skipProbe), maxTexts, seed);
  const split = splitForProbe(examples.labels, examples.classes.length, seed);
  checkEnough(examples, split.heldOut.length, skipProbe);
  const processor = readProcessor();
  if (precision === 'int8' && !settings.reduceRange && mayOverflow(processor))
    progress('this processor has no VNNI: sums of 8-bit weights may overflow; --reduce-range avoids it');

  const { id, dimension, padId } = source;
  progress(`reading ${id}`);
  const revision = await revisionOf(source.path);
  const tokenized = tokenize(source, examples.texts);
  const model = readOnnx(source.onnxFile);
  const method = rewriteModel(model, settings);

  const staging = await StagingFolder.create(store, output);
  begun(staging);
  try {
    await copyFiles(source.path, staging.model);
    await mkdir(join(staging.model, 'onnx'));
    writeOnnx(model, join(staging.model, 'onnx'));
    const variant: ModelFolder = {
      ...(await readModelFolder(staging.model)),
      // To be written; known to come, it spares a comparison of graphs which int8 would not pass.
      goldenFile: join(staging.model, 'golden.json'),
      pooling: source.pooling,
    };
    const bytes = { before: source.fileBytes, after: variant.fileBytes };
    progress(`${method}; ${megabytes(bytes.before)} became ${megabytes(bytes.after)}`);

    const encoders = [
      await openGateEncoder(source, revision, staging.work).catch(asFaultOfModel),
      await openGateEncoder(variant, await revisionOf(staging.model), staging.work),
    ] as const;
    const texts = examples.texts.length;
    const batches = batchesByLength(tokenized, padId);
    progress(`embedding ${texts} texts with both`);
    const tell = everyFewSeconds((done: number) => progress(`embedded ${done} of ${texts} texts`));
    const { vectors, seconds } = await embedSideBySide(encoders, batches, texts, dimension, tell).catch(asFaultOfModel);
    const broken = firstZeroRow(vectors[0], dimension);
    if (broken >= 0)
      throw new UsageFault('--model', `gives no finite vector for "${examples.texts[broken].slice(0, 80)}".`);
    const speed = { float32: texts / seconds[0], variant: texts / seconds[1] };

    let probed: GateFigures['probe'];
    if (!skipProbe) {
      progress(`training probes on ${split.train.length} texts, testing on ${split.heldOut.length}`);
      const { labels, classes } = examples;
      probed = await probe(vectors, { labels, classCount: classes.length, dimension }, split);
    }
    const figures: GateFigures = {
      cosine: { ...compareVectors(vectors[0], vectors[1], dimension), texts },
      probe: probed,
    };
    const { published, reason } = judge(figures, settings);
    let folder = join(store, output);
    if (published) {
      const golden = await makeGoldenFile(encoders[1], variant, source, precision);
      await writeFile(join(staging.model, 'golden.json'), formatGoldenFile(golden));
      const sourceCard = await readFile(join(source.path, 'README.md'), 'utf8').catch(() => undefined);
      if (sourceCard !== undefined) await writeFile(join(staging.model, 'README.source.md'), sourceCard);
      const { tolerance } = golden;
      const facts = { settings, source, revision, sourceCard, method, figures, bytes, speed, processor, tolerance };
      await writeFile(join(staging.model, 'README.md'), writeCard(facts));
      folder = await staging.publish(force);
    }
    return {
      id: output,
      folder,
      published,
      precision,
      cosine: figures.cosine,
      probe: toldProbe(precision, probed),
      bytes,
      speed: { float32: speed.float32, [precision]: speed.variant, ratio: speed.variant / speed.float32 },
      reason,
    };
  } finally {
    staging.discard();
  }
}

/** The encoder that --model names: an id, bundled or in the store, or a folder. */
async function findSource({ model, bundled, store }: QuantizeSettings): Promise<ModelFolder> {
  const roots = idPattern.test(model) ? [...(bundled === undefined ? [] : [bundled]), store] : [];
  const candidates = [...roots.map((root) => join(root, model)), resolve(model)];
  const path = candidates.find((folder) => existsSync(join(folder, 'config.json'))) ?? resolve(model);
  if (!(await stat(path).catch(() => undefined))?.isDirectory())
    throw new UsageFault('--model', `"${model}" is no encoder in the store and no folder.`);
  const folder = await readModelFolder(path).catch(asFaultOfModel);
  if (folder.task !== 'embedding')
    throw new UsageFault('--model', `${path} is a classifier; only encoders are quantised.`);
  return folder;
}

/** What others say of the source of a model, the program says of its option. */
function asFaultOfModel(error: unknown): never {
  if (error instanceof DomainError || error instanceof Refusal) throw new UsageFault('--model', error.message);
  throw error;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function everyFewSeconds<T>(tell: (value: T) => void): (value: T) => void {
  let last = performance.now();
  return (value) => {
    if (performance.now() - last < 3000) return;
    last = performance.now();
    tell(value);
  };
}
