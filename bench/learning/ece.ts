import { classThresholds, coverageAt, coverageCurve } from '../../apps/inference/src/heads/confidence.js';
import { classesOf, trainingSet } from './data-sets.js';
import { eceOf, headOf, judge } from './judge.js';
import { wanted } from './heads.js';
import { addOverSeeds, poolings, seedsOf, type Setting } from './setting.js';

/** What confidences of heads on frozen embeddings are worth on the test file. */
export async function ece(setting: Setting): Promise<void> {
  const { data, options } = setting;
  for (const { name, folder } of wanted(setting))
    for (const pooling of poolings) {
      const train = await data.read(`${folder}/train`, pooling);
      const test = await data.read(`${folder}/test`, pooling);
      const classes = classesOf(train.rows);
      const set = trainingSet(train, classes);
      const figures = { before: [] as number[], after: [] as number[], at95: [] as number[], kept: [] as number[] };
      const precise: number[] = [];
      for (const seed of seedsOf(options)) {
        const { head } = await headOf(setting, `${folder} ${pooling}`, set, seed);
        const verdicts = judge(head, test);
        const confidences = verdicts.map((verdict) => verdict.classes[0].probability);
        const right = verdicts.map((verdict, i) => verdict.classes[0].label === test.rows[i].label);
        figures.before.push(eceOf(judge({ ...head, temperature: 1 }, test), test));
        figures.after.push(eceOf(verdicts, test));
        figures.at95.push(coverageAt(coverageCurve(confidences, right), 0.95)?.coverage ?? 0);
        // Thresholds from one half of the test texts, looked at on the other: what they promise must hold there.
        const predicted = verdicts.map((verdict) => classes.indexOf(verdict.classes[0].label));
        const halves = [0, 1].map((half) => verdicts.map((_, i) => i).filter((i) => i % 2 === half));
        const pick = <T>(values: readonly T[], rows: readonly number[]) => rows.map((row) => values[row]);
        const thresholds = classThresholds(
          pick(predicted, halves[0]),
          pick(confidences, halves[0]),
          pick(right, halves[0]),
          classes.length,
          0.95,
        );
        const kept = halves[1].filter((i) => confidences[i] >= thresholds[predicted[i]].threshold);
        figures.kept.push(kept.length / halves[1].length);
        precise.push(kept.filter((i) => right[i]).length / Math.max(1, kept.length));
      }
      const of = `${name}, head only, ${pooling}`;
      addOverSeeds(setting, `${of}: ECE before calibration`, figures.before);
      addOverSeeds(setting, `${of}: ECE after calibration`, figures.after, { target: 0.03, lower: true });
      addOverSeeds(setting, `${of}: texts that can be answered with 95 % right`, figures.at95);
      addOverSeeds(setting, `${of}: texts kept by thresholds of classes for 95 %`, figures.kept);
      addOverSeeds(setting, `${of}: of them right`, precise);
    }
}
