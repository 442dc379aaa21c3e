import { Random } from '@cairn/numerics';
import { Child } from './child.js';
import type { GrpcLoadFunctions } from './grpc-load.js';
import { InferenceProgram } from './inference-program.js';
import { withAll, type Setting } from './setting.js';

/** Texts that travel alone, to be found again among all others. */
const aloneTexts = 160;

/** Largest difference between vectors of texts that travelled alone and among all others, in several orders. */
export async function invariance({ encoder, store, texts, report, options }: Setting): Promise<void> {
  await withAll(async (keep) => {
    const program = keep(await InferenceProgram.start(encoder, store));
    const load = keep(Child.start<GrpcLoadFunctions>('grpc-load'));
    await load.call('connect', program.address);
    const distinct = [...new Set(texts.mix)];
    const chosen = distinct.slice(0, aloneTexts);
    const alone = await load.call('embedAlone', chosen);
    const dimension = alone.length / chosen.length;
    let difference = 0;
    for (let order = 0; order < Math.max(2, options.rounds); order++) {
      const shuffled = new Random(order).shuffle(Array.from(distinct.keys()));
      const together = await load.call(
        'embed',
        shuffled.map((index) => distinct[index]),
      );
      shuffled.forEach((index, row) => {
        if (index >= chosen.length) return;
        for (let i = 0; i < dimension; i++)
          difference = Math.max(difference, Math.abs(alone[index * dimension + i] - together[row * dimension + i]));
      });
    }
    const figure = `invariance, ${encoder.name}: largest difference, alone and among others`;
    report.add(figure, difference, '', { target: 1e-5, lower: true });
  });
}
