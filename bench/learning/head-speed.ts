import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accuracy } from '@cairn/numerics';
import { createInferenceClient, toVectors } from '@cairn/contracts';
import { largestIndex } from '../../apps/inference/src/heads/calibration.js';
import { applyScaling, scalingOf } from '../../apps/inference/src/heads/feature-scaling.js';
import { fitSoftmax, logitsOfExamples } from '../../apps/inference/src/heads/fit-linear.js';
import { repository } from '../../test/support/stack.js';
import { classesOf, trainingSet } from './data-sets.js';
import type { Setting } from './setting.js';

/** Rows of one message of vectors. */
const rowsPerMessage = 2048;

/** Made by scripts/golden-heads.py: LogisticRegression of scikit-learn on the same vectors, scaled the same way. */
interface Golden {
  readonly versions: Record<string, string>;
  readonly figures: readonly {
    readonly data: string;
    readonly pooling: string;
    readonly c: number;
    readonly accuracy: number;
  }[];
}

/** How long a training takes, over gRPC as the knowledge service has it, and whether scikit-learn finds the same. */
export async function headSpeed(setting: Setting): Promise<void> {
  const { data, embeddings, engine, options, report, note } = setting;
  const train = await data.read('banking77/train', 'mean');
  const set = trainingSet(train, classesOf(train.rows));
  const client = createInferenceClient(embeddings.address);
  const provenance = await embeddings.provenance('mean');
  const seconds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const started = performance.now();
    const call = client.trainHead();
    const sending = (async () => {
      await call.send({ start: { provenance, classes: [...set.classes] } });
      for (let from = 0; from < set.labels.length; from += rowsPerMessage) {
        const labels = set.labels.slice(from, from + rowsPerMessage);
        const values = set.vectors.slice(from * set.dimension, (from + labels.length) * set.dimension);
        const examples = { vectors: toVectors(values, set.dimension, provenance), classIndex: [...labels] };
        await call.send({ examples });
      }
      call.end();
    })();
    sending.catch(() => {}); // told to the reader
    let trained = false;
    for await (const message of call) trained ||= message.head != null;
    await sending;
    if (!trained) throw new Error('The service trained no head.');
    seconds.push((performance.now() - started) / 1000);
  }
  client.close();
  const shape = `${set.labels.length} x ${set.dimension}, ${set.classCount} classes`;
  const sorted = seconds.sort((a, b) => a - b);
  report.add(`head training over gRPC, ${shape}: search, fit, unknown, refit`, sorted[1], 's', {
    target: 5,
    lower: true,
  });
  const scaled = applyScaling(set, scalingOf(set));
  const started = performance.now();
  await fitSoftmax(engine, scaled, {
    l2: 1 / set.labels.length,
    classWeights: false,
    maxIterations: 200,
    tolerance: 1e-5,
  });
  report.add(`one fit at C = 1, ${shape}`, (performance.now() - started) / 1000, 's');

  const file = join(repository, 'bench/learning/sklearn.json');
  if (options.quick || !existsSync(file)) return note('scikit-learn: not compared in a quick run');
  const { versions, figures } = JSON.parse(readFileSync(file, 'utf8')) as Golden;
  for (const { data: folder, pooling, c, accuracy: theirs } of figures) {
    if (!options.dataNames.some((wanted) => wanted === folder)) continue;
    const fitted = await data.read(`${folder}/train`, pooling);
    const tested = await data.read(`${folder}/test`, pooling);
    const classes = classesOf(fitted.rows);
    const learned = trainingSet(fitted, classes);
    const scaling = scalingOf(learned);
    const l2 = 1 / (c * learned.labels.length);
    const limits = { classWeights: false, maxIterations: 1000, tolerance: 1e-9 };
    const classifier = await fitSoftmax(engine, applyScaling(learned, scaling), { l2, ...limits });
    const asked = applyScaling(trainingSet(tested, classes), scaling);
    const ours = accuracy(asked.labels, (await logitsOfExamples(engine, classifier, asked)).map(largestIndex));
    const name = `${folder}, ${pooling}, C = ${c}`;
    report.add(`${name}: accuracy`, ours, 'share');
    report.add(`${name}: accuracy of scikit-learn`, theirs, 'share', { peer: `scikit-learn ${versions.sklearn}` });
    report.add(`${name}: difference from scikit-learn`, Math.abs(ours - theirs), 'share', {
      target: 0.002,
      lower: true,
    });
  }
}
