import { rmSync } from 'node:fs';
import { embedWith } from '../../../apps/inference/src/finetune/embed-with.js';
import { fineTune } from '../../../apps/inference/src/finetune/fine-tune.js';
import { openTokenizer } from '../../../apps/inference/src/finetune/tokenize-examples.js';
import { readModelFolder } from '../../../apps/inference/src/model-store/model-folder.js';
import type { EmbeddedRows, Problem } from './problems.js';

/** Epochs at most; a training ends before, once hardly a text changes its cluster. */
const epochs = 10;

/**
 * A problem with the vectors of an encoder that was trained on it, as `cairn fine-tune --objective clusters` does: on all texts
 * of the train file (without known topics of dev, too) and the labels of the draw. Test texts are only embedded.
 */
export class SelfTraining {
  private readonly done = new Map<Problem, Promise<Problem>>();

  /**
   * @param encoder folder of the encoder to start from
   * @param scratch folder for the encoders that are made; each is removed once its vectors are there
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
    const { name, share, seed, clusters, train, test, labelled } = problem;
    const labels = train.texts.map(() => '');
    for (const row of labelled) labels[row] = `topic ${train.topics[row]}`;
    const classes = [...new Set(labels)].filter((label) => label !== '').sort();
    const { folder, outcome } = await fineTune(
      {
        ...{ source: this.encoder, store: this.scratch, replace: true, withHead: false },
        output: `self-trained-${name}-${100 * Number(share)}-${seed}`,
        examples: { texts: train.texts, labels, classes },
        settings: { objective: 'clusters', clusters, epochs, seed, heldOut: 0 },
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
    const trained = { ...problem, train: await embedAnew(folder, train), test: await embedAnew(folder, test) };
    rmSync(folder, { recursive: true, force: true });
    return trained;
  }
}

async function embedAnew(folder: string, rows: EmbeddedRows): Promise<EmbeddedRows> {
  const encoder = await readModelFolder(folder);
  const embedder = await embedWith(encoder);
  const tokens = openTokenizer(encoder).encode(rows.texts);
  return { ...rows, vectors: await embedder.embed(tokens) };
}
