import { accuracy, auroc, classScores, confusion, macroF1 } from '@cairn/numerics';
import type { Verdict } from '../../apps/inference/src/heads/softmax-head.js';
import { trainingSet, type EmbeddedTexts } from './data-sets.js';
import { headOf, judge } from './judge.js';
import { knownShares, literature } from './literature.js';
import { mean, seedsOf, deviation, type Setting } from './setting.js';

interface OpenFigures {
  readonly accuracy: number;
  readonly macroF1: number;
  readonly knownF1: number;
  readonly openF1: number;
  readonly auroc: number;
}

/** Every class that is not known is one open class; macro F1 over all of them, as TEXTOIR measures. */
function measure(verdicts: readonly Verdict[], { rows }: EmbeddedTexts, known: readonly string[]): OpenFigures {
  const open = known.length;
  const numbers = new Map(known.map((label, c) => [label, c]));
  const expected = rows.map(({ label }) => numbers.get(label) ?? open);
  const predicted = verdicts.map(({ unknown, classes }) => (unknown ? open : numbers.get(classes[0].label)!));
  const f1 = classScores(confusion(expected, predicted, open + 1), open + 1).map((scores) => scores.f1);
  return {
    accuracy: accuracy(expected, predicted),
    macroF1: macroF1(expected, predicted, open + 1),
    knownF1: mean(f1.slice(0, open)),
    openF1: f1[open],
    auroc: auroc(
      verdicts.map(({ score }) => score),
      expected.map((label) => label < open),
    ),
  };
}

const percent = (value: number) => (100 * value).toFixed(2).padStart(7);

/** Unknown classes by TEXTOIR's detection protocol: only known classes are trained on, the test file has all. */
export async function openSet(setting: Setting): Promise<void> {
  const { data, options, report, note } = setting;
  const protocol = data.protocol();
  const pooling = 'mean+max';
  const table: string[] = [];
  for (const [set, peers] of Object.entries(literature)) {
    if (!options.dataNames.some((wanted) => wanted === set)) continue;
    const train = await data.read(`textoir_${set}/train`, pooling);
    const test = await data.read(`textoir_${set}/test`, pooling);
    for (const share of knownShares) {
      const found: OpenFigures[] = [];
      const detectors: string[] = [];
      for (const seed of seedsOf(options)) {
        const { known } = protocol[set][share][seed];
        const { head, unknown } = await headOf(setting, `${set} ${share}`, trainingSet(train, known), seed);
        found.push(measure(judge(head, test), test, known));
        detectors.push(unknown.method);
      }
      const over = (figure: keyof OpenFigures) => found.map((one) => one[figure]);
      const name = `open set, ${set}, ${100 * Number(share)} % known`;
      const [adbAccuracy, adbF1] = peers.ADB[share].map((value) => value / 100);
      report.add(`${name}: accuracy`, mean(over('accuracy')), 'share', { target: adbAccuracy });
      report.add(`${name}: macro F1`, mean(over('macroF1')), 'share', { target: adbF1 });
      report.add(`${name}: F1 of known classes`, mean(over('knownF1')), 'share');
      report.add(`${name}: F1 of the open class`, mean(over('openF1')), 'share');
      report.add(`${name}: AUROC`, mean(over('auroc')), 'share');
      if (found.length > 1)
        report.add(`${name}: macro F1, standard deviation over the draws`, deviation(over('macroF1')), 'share');
      const line = (peer: string, figures: readonly number[]) =>
        table.push(`${name.slice(10).padEnd(30)} ${peer.padEnd(26)} ${figures.map(percent).join(' ')}`);
      line(
        `Cairn (${[...new Set(detectors)].join(', ')})`,
        (['accuracy', 'macroF1', 'knownF1', 'openF1'] as const).map((figure) => mean(over(figure))),
      );
      for (const [peer, byShare] of Object.entries(peers)) {
        const [peerAccuracy, peerF1] = byShare[share].map((value) => value / 100);
        const source = { peer: `${peer} with BERT-base (TEXTOIR)` };
        report.add(`${name}: accuracy of ${peer}`, peerAccuracy, 'share', source);
        report.add(`${name}: macro F1 of ${peer}`, peerF1, 'share', source);
        line(`${peer}, BERT-base`, [peerAccuracy, peerF1]);
      }
    }
  }
  console.log(`\n${''.padEnd(57)} accuracy, macro F1, F1 known, F1 open\n${table.join('\n')}\n`);
  note(`open set: targets are ADB (BERT-base); the seeds are the protocol's draws 0 to ${options.seeds - 1}`);
}
