import { classesOf, trainingSet } from './data-sets.js';
import { accuracyOf, headOf, judge } from './judge.js';
import { addOverSeeds, poolings, seedsOf, type Setting } from './setting.js';

/** Names of the data sets, what a head must reach, and what fine-tuned BERT-base reaches. */
export const dataSets = [
  { name: 'BANKING77', folder: 'banking77', target: 0.89, bert: 0.9366, source: 'Casanueva et al. 2020' },
  { name: 'CLINC150 in-scope', folder: 'clinc150', target: 0.9, bert: 0.969, source: 'Larson et al. 2019' },
] as const;

/** Those of them that were asked for. */
export const wanted = ({ options }: Setting) => dataSets.filter(({ folder }) => options.dataNames.includes(folder));

/** Heads on frozen embeddings, trained on the whole train file. */
export async function heads(setting: Setting): Promise<void> {
  const { data, options, report } = setting;
  for (const { name, folder, target, bert, source } of wanted(setting)) {
    for (const pooling of poolings) {
      const train = await data.read(`${folder}/train`, pooling);
      const test = await data.read(`${folder}/test`, pooling);
      const set = trainingSet(train, classesOf(train.rows));
      for (const memory of [false, true]) {
        const accuracies: number[] = [];
        for (const seed of seedsOf(options)) {
          const { head } = await headOf(setting, `${folder} ${pooling}`, set, seed, memory ? {} : { memory });
          accuracies.push(accuracyOf(judge(head, test), test));
        }
        const best = memory && pooling === 'mean+max';
        const figure = `${name}, head only, ${pooling}${memory ? ', with examples' : ''}: accuracy`;
        addOverSeeds(setting, figure, accuracies, best ? { target } : {});
      }
    }
    report.add(`${name}: accuracy of BERT-base, fine-tuned`, bert, 'share', { peer: source });
  }
}
