import { Random } from '@cairn/numerics';
import type { LabelledText } from '../inference/text-sets.js';
import { classesOf, trainingSet } from './data-sets.js';
import { accuracyOf, headOf, judge } from './judge.js';
import { wanted } from './heads.js';
import { addOverSeeds, poolings, seedsOf, type Setting } from './setting.js';

/** `shots` rows of each class, drawn by the seed. */
export function drawRows(rows: readonly LabelledText[], shots: number, seed: number): Set<number> {
  const random = new Random(seed, shots);
  const members = new Map<string, number[]>();
  rows.forEach(({ label }, row) => members.set(label, [...(members.get(label) ?? []), row]));
  return new Set([...members.values()].flatMap((own) => random.shuffle(own).slice(0, shots)));
}

/** A handful of examples a topic, and nothing else. */
export async function fewShot(setting: Setting): Promise<void> {
  const { data, options, report } = setting;
  for (const { name, folder } of wanted(setting))
    for (const shots of [5, 10]) {
      for (const pooling of poolings) {
        const train = await data.read(`${folder}/train`, pooling);
        const test = await data.read(`${folder}/test`, pooling);
        const accuracies: number[] = [];
        for (const seed of seedsOf(options)) {
          const drawn = drawRows(train.rows, shots, seed);
          const set = trainingSet(train, classesOf(train.rows), (row) => drawn.has(row));
          const { head } = await headOf(setting, `${folder} ${pooling} ${shots}`, set, seed);
          accuracies.push(accuracyOf(judge(head, test), test));
        }
        const aimed = folder === 'banking77' && shots === 10 && pooling === 'mean+max';
        addOverSeeds(
          setting,
          `${name}, ${shots} examples a topic, head only, ${pooling}: accuracy`,
          accuracies,
          aimed ? { target: 0.8 } : {},
        );
      }
      if (folder === 'banking77' && shots === 10)
        report.add(`${name}, 10 examples a topic: accuracy of BERT-base, fine-tuned`, 0.8342, 'share', {
          peer: 'Casanueva et al. 2020',
        });
    }
}
