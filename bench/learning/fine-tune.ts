import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { macroF1 } from '@cairn/numerics';
import { embedWith } from '../../apps/inference/src/finetune/embed-with.js';
import { fineTune } from '../../apps/inference/src/finetune/fine-tune.js';
import { openTokenizer } from '../../apps/inference/src/finetune/tokenize-examples.js';
import type { TrainingSettings } from '../../apps/inference/src/finetune/training-settings.js';
import { readModelFolder } from '../../apps/inference/src/model-store/model-folder.js';
import { classesOf, type EmbeddedTexts } from './data-sets.js';
import { drawRows } from './few-shot.js';
import { wanted } from './heads.js';
import { accuracyOf, eceOf, judge } from './judge.js';
import { addOverSeeds, seedsOf, type Setting } from './setting.js';

/** Chosen on a part of BANKING77's train file that was held out; for all data sets the same. */
export const recipe: Partial<TrainingSettings> = {
  epochs: 12,
  batchSize: 64,
  learningRate: 1e-4,
  contrast: 1,
  temperature: 0.1,
  erase: 0.1,
  labelSmoothing: 0.1,
  patience: 0,
};

/** A handful of examples are seen more often. */
const fewShotRecipe: Partial<TrainingSettings> = { ...recipe, epochs: 30, patience: 0 };
const shots = 10;

const fineTunedTargets: Readonly<Record<string, number>> = { banking77: 0.92, clinc150: 0.95 };

interface Judged {
  readonly accuracy: number;
  readonly macroF1: number;
  readonly eceBefore: number;
  readonly ece: number;
}

/** The encoder and a head trained on labelled texts as the service does it, and what the head says of the test file. */
async function trainAndJudge(
  { encoder, scratch, note }: Setting,
  name: string,
  rows: EmbeddedTexts['rows'],
  test: EmbeddedTexts['rows'],
  settings: Partial<TrainingSettings>,
): Promise<Judged> {
  const store = mkdtempSync(join(scratch, 'trained-'));
  const started = performance.now();
  const result = await fineTune(
    {
      ...{ source: encoder, output: 'trained', store, settings },
      examples: {
        texts: rows.map(({ text }) => text),
        labels: rows.map(({ label }) => label),
        classes: classesOf(rows),
      },
    },
    (progress) => {
      if (progress.stage !== 'train' || progress.measured === undefined) return;
      const { epoch, trainLoss, heldOut } = progress.measured;
      const accuracy = heldOut?.accuracy === undefined ? '' : `, held out ${(100 * heldOut.accuracy).toFixed(2)} %`;
      console.log(`    epoch ${epoch + 1}: loss ${trainLoss.toFixed(3)}${accuracy}`);
    },
    new AbortController().signal,
  );
  const folder = await readModelFolder(result.folder);
  const embedder = await embedWith(folder);
  const vectors = await embedder.embed(openTokenizer(folder).encode(test.map(({ text }) => text)));
  const embedded = { rows: test, vectors, dimension: folder.dimension };
  rmSync(store, { recursive: true });
  const { head } = result.head!;
  const verdicts = judge(head, embedded);
  const classes = classesOf(test);
  const number = new Map(classes.map((label, c) => [label, c]));
  const seconds = (performance.now() - started) / 1000;
  const { keptStep, steps } = result.outcome;
  note(`${name}: step ${keptStep} of ${steps} kept; ${seconds.toFixed(0)} s from texts to head`);
  return {
    accuracy: accuracyOf(verdicts, embedded),
    macroF1: macroF1(
      test.map(({ label }) => number.get(label)!),
      verdicts.map((verdict) => number.get(verdict.classes[0].label) ?? -1),
      classes.length,
    ),
    eceBefore: eceOf(judge({ ...head, temperature: 1 }, embedded), embedded),
    ece: eceOf(verdicts, embedded),
  };
}

/** The encoder fine-tuned on the whole train file, and on a handful of examples a topic. */
export async function fineTuned(setting: Setting): Promise<void> {
  const { data, options } = setting;
  for (const { name, folder } of wanted(setting)) {
    const train = data.rows(`${folder}/train`);
    const test = data.rows(`${folder}/test`);
    const judged: Judged[] = [];
    const few: Judged[] = [];
    for (const seed of seedsOf(options)) {
      judged.push(await trainAndJudge(setting, `${name}, seed ${seed}`, train, test, { ...recipe, seed }));
      const drawn = drawRows(train, shots, seed);
      const handful = train.filter((_, row) => drawn.has(row));
      const label = `${name}, ${shots} examples a topic, seed ${seed}`;
      few.push(await trainAndJudge(setting, label, handful, test, { ...fewShotRecipe, seed }));
    }
    const over = (figures: readonly Judged[], key: keyof Judged) => figures.map((one) => one[key]);
    if (judged.length > 0) {
      addOverSeeds(setting, `${name}, fine-tuned: accuracy`, over(judged, 'accuracy'), {
        target: fineTunedTargets[folder],
      });
      addOverSeeds(setting, `${name}, fine-tuned: macro F1`, over(judged, 'macroF1'));
      addOverSeeds(setting, `${name}, fine-tuned: ECE before calibration`, over(judged, 'eceBefore'));
      addOverSeeds(setting, `${name}, fine-tuned: ECE after calibration`, over(judged, 'ece'), {
        target: 0.03,
        lower: true,
      });
    }
    addOverSeeds(
      setting,
      `${name}, ${shots} examples a topic, fine-tuned: accuracy`,
      over(few, 'accuracy'),
      folder === 'banking77' ? { target: 0.8 } : {},
    );
  }
}
