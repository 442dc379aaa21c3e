import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embedWith } from '../../../apps/inference/src/finetune/embed-with.js';
import { fineTune } from '../../../apps/inference/src/finetune/fine-tune.js';
import { openTokenizer } from '../../../apps/inference/src/finetune/tokenize-examples.js';
import { settingsWith, type TrainingSettings } from '../../../apps/inference/src/finetune/training-settings.js';
import { readModelFolder } from '../../../apps/inference/src/model-store/model-folder.js';
import { revisionOf } from '../../../apps/inference/src/model-store/revision.js';
import type { EmbeddedRows, Problem } from './problems.js';

/** Epochs at most; a training ends before, once hardly a text changes its cluster. */
const epochs = 10;

/**
 * A problem with the vectors of an encoder that was trained on it, as `cairn fine-tune --objective clusters` does: on all texts
 * of the train file (without known topics of dev, too) and the labels of the draw. Test texts are only embedded. Vectors are
 * kept in files, and a training that was stopped goes on from its last checkpoint: a long table can be made in pieces.
 */
export class SelfTraining {
  private readonly done = new Map<Problem, Promise<Problem>>();

  /**
   * @param encoder folder of the encoder to start from
   * @param scratch folder for vectors, and for the encoders that are made; each is removed once its vectors are there
   */
  constructor(
    private readonly encoder: string,
    private readonly scratch: string,
  ) {}

  of(problem: Problem): Promise<Problem> {
    const found = this.done.get(problem) ?? this.train(problem);
    this.done.set(problem, found);
    return found;
  }

  private async train(problem: Problem): Promise<Problem> {
    const { name, share, seed, clusters, train, test } = problem;
    const settings = settingsWith({ objective: 'clusters', clusters, epochs, seed, heldOut: 0 });
    const parts = [await revisionOf(this.encoder), settings, train.texts, test.texts, problem.labelled];
    const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
    const id = `self-trained-${name}-${100 * Number(share)}-${seed}`;
    const file = join(this.scratch, `${id}-${hash}.f32`);
    if (!existsSync(file)) {
      mkdirSync(this.scratch, { recursive: true });
      const folder = await this.trainEncoder(problem, id, settings);
      const vectors = [await embedAnew(folder, train), await embedAnew(folder, test)];
      writeFileSync(`${file}.draft`, Buffer.concat(vectors.map((rows) => new Uint8Array(rows.buffer))));
      renameSync(`${file}.draft`, file);
      rmSync(folder, { recursive: true, force: true });
    }
    const vectors = new Float32Array(Uint8Array.from(readFileSync(file)).buffer);
    const trainRows = train.vectors.length;
    return {
      ...problem,
      train: { ...train, vectors: vectors.slice(0, trainRows) },
      test: { ...test, vectors: vectors.slice(trainRows) },
    };
  }

  private async trainEncoder(problem: Problem, output: string, settings: Partial<TrainingSettings>): Promise<string> {
    const { name, share, seed, train, labelled } = problem;
    const labels = train.texts.map(() => '');
    for (const row of labelled) labels[row] = `topic ${train.topics[row]}`;
    const classes = [...new Set(labels)].filter((label) => label !== '').sort();
    const { folder, outcome } = await fineTune(
      {
        ...{ source: this.encoder, store: this.scratch, replace: true, withHead: false },
        ...{ output, examples: { texts: train.texts, labels, classes }, settings },
      },
      (progress) => {
        if (progress.stage !== 'train' || progress.measured === undefined) return;
        const { epoch, trainLoss, changed } = progress.measured;
        const moved = changed === undefined ? '' : `, ${(100 * changed).toFixed(1)} % in another cluster`;
        console.log(`  ${name} at ${share}, draw ${seed}, epoch ${epoch + 1}: loss ${trainLoss.toFixed(3)}${moved}`);
      },
      new AbortController().signal,
    );
    console.log(`  ${name} at ${share}, draw ${seed}: ${outcome.steps} steps in ${outcome.seconds.toFixed(0)} s`);
    return folder;
  }
}

async function embedAnew(folder: string, { texts }: EmbeddedRows): Promise<Float32Array> {
  const encoder = await readModelFolder(folder);
  const embedder = await embedWith(encoder);
  return embedder.embed(openTokenizer(encoder).encode(texts));
}
